import type {
  Achievement,
  Category,
  Comment,
  Evidence,
  Export,
  Key,
  Member,
  Notification,
  PendingInvitation,
  Points,
  RosterRow,
  Status,
  TimelineEntry,
} from "~/api/schema";
import { PEOPLE } from "~/fake/people";

/** Everything the fake hub knows, in memory of the page. */
export interface World {
  achievements: Map<string, Achievement>;
  timelines: Map<string, TimelineEntry[]>;
  comments: Map<string, Comment[]>;
  members: Member[];
  roster: RosterRow[];
  invitations: PendingInvitation[];
  keys: Key[];
  exports: Export[];
  notifications: Notification[];
  decidedToday: number;
}

const HOUR = 3_600_000;
const ORIGIN = "https://hub.example.edu";

export const CATEGORIES: Category[] = [
  category("hackathon", "Hackathon and coding", "Competitions, hackathons, coding contests", "code"),
  category("course", "Online course", "NPTEL, SWAYAM, Coursera and others", "certificate"),
  category("sports", "Sports", "Matches, tournaments, athletics", "sports"),
  category("culture", "Arts and culture", "Music, dance, drama, fine arts", "music"),
  category("community", "Community service", "NSS, NCC, volunteering", "hand-heart"),
  category("internship", "Internship", "Work at a company or a laboratory", "briefcase"),
  category("research", "Research and papers", "Publications, posters, patents", "flask-conical"),
  category("leadership", "Leadership", "Offices held, events organised", "users"),
];

export function ago(hours: number): string {
  return new Date(Date.now() - hours * HOUR).toISOString();
}

export function newWorld(): World {
  const world: World = {
    achievements: new Map(),
    timelines: new Map(),
    comments: new Map(),
    members: [],
    roster: [],
    invitations: [],
    keys: [],
    exports: [],
    notifications: [],
    decidedToday: 7,
  };
  const asha = {
    id: "p-asha",
    full_name: "Asha Venkataraman",
    full_name_native: "ஆஷா வெங்கட்ராமன்",
    roll_number: "23CS042",
    department: "CSE",
  };
  const add = (status: Status, code: string, title: string, hours: number, more: Partial<Achievement> = {}) =>
    addAchievement(world, status, code, title, hours, { student: asha, ...more });

  add("changes_requested", "course", "Data Structures and Algorithms using Java", 20, {
    organiser: "NPTEL, IIT Kharagpur",
    outcome: "completed",
    hours: 36,
    level: "national",
  });
  add("draft", "sports", "Inter-college badminton, mixed doubles", 3, {
    organiser: "Anna University Zone IV",
    level: "zonal",
    outcome: null,
    missing: ["Add at least one proof.", "Choose the result."],
  });
  add("submitted", "hackathon", "Smart India Hackathon 2026, software edition", 30, {
    organiser: "Ministry of Education",
    level: "national",
    outcome: "runner_up",
    team: "Vikram S, Fathima R, Joel P, Anjali M, Karthik B",
    skills: ["Rust", "Computer vision", "Teamwork"],
  });
  add("approved", "community", "NSS special camp, Thiruvaiyaru", 400, {
    organiser: "NSS Unit 12",
    level: "college",
    outcome: "participant",
    hours: 56,
  });
  add("approved", "culture", "Carnatic vocal, first prize at Saarang", 900, {
    organiser: "IIT Madras",
    level: "national",
    outcome: "winner",
  });
  add("approved", "research", "Poster: low-cost soil sensors for paddy fields", 1500, {
    organiser: "IEEE Madras Section",
    level: "state",
    outcome: "third",
  });
  add("rejected", "course", "Introduction to Prompting", 1200, { organiser: "Udemy", outcome: "completed" });

  const waiting: [string, string | null, string, string, string, string, Partial<Achievement>][] = [
    [
      "Vikram Subramanian",
      "விக்ரம் சுப்பிரமணியன்",
      "23CS011",
      "hackathon",
      "Smart India Hackathon 2026, software edition",
      "CSE",
      { level: "national", outcome: "runner_up", organiser: "Ministry of Education" },
    ],
    [
      "Fathima Rizwana",
      null,
      "23CS019",
      "internship",
      "Summer internship, embedded systems",
      "ECE",
      { level: null, outcome: "completed", organiser: "Titan Company, Hosur", hours: 240 },
    ],
    [
      "Joel Prakash",
      null,
      "22ME008",
      "sports",
      "State athletics meet, 4 × 100 m relay",
      "MECH",
      { level: "state", outcome: "winner", organiser: "Tamil Nadu Athletic Association" },
    ],
    [
      "Anjali Mishra",
      "अंजलि मिश्रा",
      "23CS003",
      "course",
      "Cloud Computing, Elite + Silver",
      "CSE",
      { level: "national", outcome: "completed", organiser: "NPTEL, IIT Kharagpur", hours: 24 },
    ],
    [
      "Karthik B",
      "கார்த்திக்",
      "24EC031",
      "culture",
      "Parai drumming at the district festival",
      "ECE",
      { level: "zonal", outcome: "participant", organiser: "Thanjavur District Arts Council" },
    ],
    [
      "Nivedita Rao",
      null,
      "22CS055",
      "research",
      "Paper at ICACCI: sparse attention for Tamil speech recognition on small devices",
      "CSE",
      { level: "international", outcome: null, organiser: "ICACCI 2026" },
    ],
    [
      "Sanjay Kumar",
      "संजय कुमार",
      "24CS090",
      "community",
      "Blood donation camp, organiser",
      "CSE",
      { level: "college", outcome: "organizer", organiser: "Youth Red Cross", hours: 16 },
    ],
    [
      "Priya Darshini",
      null,
      "23EC014",
      "hackathon",
      "Kavach Cyber Security Hackathon",
      "ECE",
      { level: "national", outcome: "participant", organiser: "AICTE and BPRD" },
    ],
    [
      "Mohammed Irfan",
      null,
      "23ME021",
      "leadership",
      "Secretary of the Mechanical Association",
      "MECH",
      { level: "college", outcome: "organizer", organiser: "Kaveri Institute of Technology" },
    ],
  ];
  waiting.forEach(([full_name, full_name_native, roll_number, code, title, department, more], index) => {
    addAchievement(world, "submitted", code, title, 130 - index * 14, {
      student: { id: `p-${index}`, full_name, full_name_native, roll_number, department },
      warnings: index === 0 ? ["overdue"] : index === 3 ? ["duplicate_file"] : [],
      previous_approvals: (index * 5) % 7,
      skills: index === 5 ? ["Machine learning", "Speech", "Tamil"] : [],
      description:
        "We built it over 36 hours with a team of six; my part was the model and the demonstration to the jury.",
      ...more,
    });
  });
  seedOffice(world);
  return world;
}

let serial = 0;

export function makeId(): string {
  serial += 1;
  return `0198c0de-0000-7000-8000-${String(serial).padStart(12, "0")}`;
}

export function makeEvidence(name: string, media_type: string, size: number, duplicate = false): Evidence {
  const id = makeId();
  return {
    id,
    name,
    media_type,
    size,
    sha256: "ab".repeat(32),
    caption: null,
    content_url: `/api/evidence/${id}/content`,
    thumb_url: `/api/evidence/${id}/thumb`,
    pages: media_type === "application/pdf" ? 2 : null,
    duplicate,
    kind: null,
  };
}

function addAchievement(
  world: World,
  status: Status,
  code: string,
  title: string,
  hours: number,
  more: Partial<Achievement>,
): void {
  const id = makeId();
  const known = CATEGORIES.find((each) => each.code === code) as Category;
  const decided = ["approved", "rejected", "changes_requested"].includes(status);
  const duplicate = more.warnings?.includes("duplicate_file") ?? false;
  const evidence =
    status === "draft"
      ? []
      : [
          makeEvidence("certificate.jpg", "image/jpeg", 1_843_200, duplicate),
          makeEvidence("letter-of-the-organiser.pdf", "application/pdf", 412_000),
        ];
  const comment =
    status === "changes_requested"
      ? "The certificate is cut off at the right: the roll number cannot be read. Please take the photo again."
      : status === "rejected"
        ? "A course of two hours is below what the college accepts (12 hours)."
        : null;
  const item: Achievement = {
    id,
    etag: `"${id}.1"`,
    status,
    title,
    category: { code: known.code, name: known.name, icon: known.icon },
    level: null,
    outcome: null,
    ended_on: ago(hours + 300).slice(0, 10),
    started_on: ago(hours + 340).slice(0, 10),
    updated_at: ago(hours),
    submitted_at: status === "draft" ? null : ago(hours),
    due_at: status === "submitted" ? ago(hours - 168) : null,
    evidence_count: evidence.length,
    thumbnail_url: evidence[0]?.thumb_url ?? null,
    student: { id: "", full_name: "", full_name_native: null, roll_number: "", department: "" },
    warnings: [],
    description: "",
    organiser: "",
    role: null,
    hours: null,
    skills: [],
    team: null,
    revision: 1,
    evidence,
    allowed: [],
    last_decision: decided
      ? {
          id: makeId(),
          action: status === "approved" ? "approve" : status === "rejected" ? "reject" : "request_changes",
          by: "Dr. Meera Nair",
          on_behalf_of: null,
          at: ago(hours / 2),
          comment,
          reason: null,
          changes: null,
          checklist: [],
          undo_until: null,
        }
      : null,
    credential:
      status === "approved"
        ? {
            id: makeId(),
            url: `${ORIGIN}/colleges/kaveri/credentials/${id}`,
            status: "active",
            issued_at: ago(hours / 2),
            visibility: "unlisted",
            revoked_at: null,
            reason: null,
          }
        : null,
    previous_approvals: 3,
    missing: [],
    team_id: null,
    particulars: {},
    approvals: { given: 0, needed: 1 },
    awaiting_second: false,
    claim: null,
    live_revision: status === "approved" ? 1 : null,
    ...more,
  };
  world.achievements.set(id, item);
  const log: TimelineEntry[] = [entry("created", hours + 2, item.student.full_name)];
  if (status !== "draft") log.push(entry("submitted", hours, item.student.full_name));
  if (item.last_decision) log.push(entry(status, hours / 2, "Dr. Meera Nair", comment));
  if (status === "approved") log.push(entry("issued", hours / 2, null));
  world.timelines.set(id, log);
}

export function entry(
  kind: string,
  hours: number,
  by: string | null,
  text: string | null = null,
): TimelineEntry {
  return { id: makeId(), at: ago(hours), kind, by, by_role: null, text, revision: 1 };
}

function category(code: string, name: string, description: string, icon: string): Category {
  return {
    id: code,
    code,
    name,
    description,
    icon,
    requires_evidence: ["image_or_pdf"],
    checklist: [
      "The name on the certificate is the student's",
      "Date and level are as on the certificate",
      "Seal or signature of the organiser is there",
    ],
    reject_reasons: [
      { code: "not_eligible", label: "Not eligible under the college's rules" },
      { code: "not_genuine", label: "The proof is not genuine" },
      { code: "duplicate", label: "Already recorded" },
    ],
    required_fields: ["organiser", "outcome"],
    particulars: ["event"],
    academic: code === "research",
  };
}

function seedOffice(world: World): void {
  const students: [string, string | null, string, string][] = [
    ["Rohit K", null, "23CS077", "A roster row has this roll number with the name “Rohit Kannan”"],
    ["Lakshmi Priya", "லட்சுமி பிரியா", "24EC105", "No row with this roll number"],
    ["Aman Verma", "अमन वर्मा", "23ME040", "A roster row has this name with roll number 23ME004"],
  ];
  students.forEach(([full_name, full_name_native, roll_number, roster_hint], index) => {
    const email = `${full_name.split(" ")[0]?.toLowerCase()}@gmail.test`;
    world.members.push({
      id: makeId(),
      etag: '"1"',
      email,
      full_name,
      full_name_native,
      state: "unconfirmed",
      roles: ["student"],
      roll_number,
      department: "CSE",
      programme: "BTECH-CSE",
      batch: "2023-2027",
      created_at: ago(5 + index * 30),
      roster_hint,
    });
  });
  for (const { me } of PEOPLE.filter(({ me }) => me.state === "confirmed")) {
    world.members.push({
      id: me.id,
      etag: '"1"',
      email: me.email,
      full_name: me.full_name,
      full_name_native: me.full_name_native,
      state: me.state,
      roles: me.roles,
      roll_number: me.roll_number,
      department: me.department?.code ?? null,
      programme: me.programme?.code ?? null,
      batch: me.batch,
      created_at: ago(3000),
      roster_hint: null,
    });
  }
  const names = [
    "Asha Venkataraman",
    "Vikram Subramanian",
    "Fathima Rizwana",
    "Anjali Mishra",
    "Nivedita Rao",
    "Sanjay Kumar",
    "Priya Darshini",
    "Rohit Kannan",
    "Divya Bharathi",
    "Harish Iyer",
  ];
  world.roster = names.map((full_name, index) => ({
    id: makeId(),
    roll_number: `23CS${String(3 + index * 8).padStart(3, "0")}`,
    full_name,
    full_name_native: index === 0 ? "ஆஷா வெங்கட்ராமன்" : null,
    programme: "BTECH-CSE",
    batch: "2023-2027",
    email: `${full_name.split(" ")[0]?.toLowerCase()}@kaveri.test`,
    taken: index % 3 !== 2,
  }));
  world.invitations = [
    {
      id: makeId(),
      email: "suresh.p@kaveri.test",
      roles: ["faculty"],
      created_at: ago(50),
      expires_at: ago(-120),
      accepted_at: null,
    },
    {
      id: makeId(),
      email: "hod.ece@kaveri.test",
      roles: ["head"],
      created_at: ago(500),
      expires_at: ago(-20),
      accepted_at: ago(480),
    },
  ];
  const fingerprint = "4be1c90f6a7d2e83b5119c04d8f7a63e2915c7b08fd4e1a36b72590cd8e4f1a7";
  const untroubled = {
    frozen_at: null,
    frozen_reason: null,
    compromised_since: null,
    compromised_at: null,
    compromised_reason: null,
  };
  world.keys = [
    {
      id: "k1",
      etag: '"k1.1"',
      kid: "2026-credentials-1",
      purpose: "credentials",
      algorithm: "Ed25519",
      state: "active",
      allowed: ["rotate", "retire", "freeze", "compromise"],
      created_at: ago(4000),
      activated_at: ago(4000),
      retired_at: null,
      ...untroubled,
      signatures: 1284,
      last_used_at: ago(2),
      fingerprint,
      public_key_multibase: null,
      certified_outside: false,
    },
    {
      id: "k2",
      etag: '"k2.1"',
      kid: "2026-documents-1",
      purpose: "documents",
      algorithm: "P-256",
      state: "active",
      allowed: ["rotate", "retire", "freeze", "compromise"],
      created_at: ago(4000),
      activated_at: ago(4000),
      retired_at: null,
      ...untroubled,
      signatures: 311,
      last_used_at: ago(9),
      fingerprint: [...fingerprint].reverse().join(""),
      public_key_multibase: null,
      certified_outside: false,
    },
    {
      id: "k0",
      etag: '"k0.1"',
      kid: "2025-credentials-1",
      purpose: "credentials",
      algorithm: "Ed25519",
      state: "retired",
      allowed: ["freeze", "compromise"],
      created_at: ago(12000),
      activated_at: ago(12000),
      retired_at: ago(4000),
      ...untroubled,
      signatures: 2210,
      last_used_at: ago(4001),
      fingerprint: `00${fingerprint.slice(2)}`,
      public_key_multibase: null,
      certified_outside: false,
    },
  ];
  const approved = [...world.achievements.values()].filter(({ status }) => status === "approved").length;
  world.exports = [
    {
      id: makeId(),
      state: "done",
      progress: 100,
      reason: null,
      template: "classic",
      small: false,
      url: `${ORIGIN}/colleges/kaveri/portfolios/0198c0de-1111-7000-8000-000000000001`,
      file_url: "/api/portfolio/exports/x/file",
      created_at: ago(260),
      size: 184_320,
      sha256: "5c".repeat(32),
      signature_level: "B-LTA",
      stamped_at: ago(260),
      achievements: approved - 1,
      locale: "en",
      out_of_date: true,
    },
  ];
  const [first, second] = [...world.achievements.values()];
  world.notifications = [
    {
      id: makeId(),
      kind: "changes_requested",
      heading: "Changes requested",
      text: "Dr. Meera Nair asks for changes: Data Structures and Algorithms using Java",
      achievement_id: first?.id ?? null,
      created_at: ago(10),
      read: false,
    },
    {
      id: makeId(),
      kind: "approved",
      heading: "Approved",
      text: "Approved and signed: NSS special camp, Thiruvaiyaru",
      achievement_id: second?.id ?? null,
      created_at: ago(200),
      read: true,
    },
  ];
}

/** A student on the way. */
export const POINTS: Points = {
  scheme: { id: "0", version: 1, name: "KTU 2024" },
  kind: "regular",
  target: 120,
  counted: 64,
  missing: 56,
  hours: 96,
  minimum_hours: null,
  fulfilled: false,
  groups: [
    { code: "co", name: "Co-curricular", counted: 24, minimum: 40, maximum: 40, missing: 16 },
    { code: "professional", name: "Professional", counted: 40, minimum: 40, maximum: 40, missing: 0 },
    { code: "advanced", name: "Advanced", counted: 0, minimum: 40, maximum: 40, missing: 40 },
  ],
  items: [],
};
