import type { Me, Permission, Role } from "~/api/schema";

/** The people of the fake hub; every password is "demo". */
export interface FakePerson {
  me: Me;
  role: string;
}

const college = { slug: "kaveri", name: "Kaveri Institute of Technology", colour: "#0f766e", logo_url: null };
const cse = { code: "CSE", name: "Computer Science and Engineering" };
const btech = { code: "BTECH-CSE", name: "B.Tech. Computer Science" };

function person(
  id: string,
  full_name: string,
  native: string | null,
  email: string,
  roles: Role[],
  permissions: Permission[],
  role: string,
  student?: { roll: string; state?: Me["state"] },
): FakePerson {
  return {
    role,
    me: {
      id,
      email,
      full_name,
      full_name_native: native,
      language: "en",
      state: student?.state ?? "confirmed",
      roles,
      grants: roles.map((held) => ({
        role: held,
        scope: { kind: "college", id: null, name: null },
        until: null,
      })),
      permissions,
      college,
      department: student || roles.includes("faculty") ? cse : null,
      programme: student ? btech : null,
      roll_number: student?.roll ?? null,
      batch: student ? "2023-2027" : null,
      counts: { waiting_for_review: 0, needs_me: 0, unread_notifications: 0 },
      impersonation: null,
    },
  };
}

const STUDENT: Permission[] = ["achievement:create", "achievement:submit"];
const REVIEW: Permission[] = ["review:decide", "review:bulk"];

export const PEOPLE: FakePerson[] = [
  person("p-asha", "Asha Venkataraman", "ஆஷா வெங்கட்ராமன்", "asha@kaveri.test", ["student"], STUDENT, "Student", {
    roll: "23CS042",
  }),
  person(
    "p-new",
    "Rohit K",
    null,
    "rohit@kaveri.test",
    ["student"],
    ["achievement:create"],
    "Student, not confirmed",
    { roll: "23CS077", state: "unconfirmed" },
  ),
  person("p-meera", "Dr. Meera Nair", null, "meera@kaveri.test", ["faculty"], REVIEW, "Faculty reviewer"),
  person(
    "p-dev",
    "Devendra Joshi",
    "देवेंद्र जोशी",
    "admin@kaveri.test",
    ["college_admin", "key_manager"],
    [
      ...REVIEW,
      "credential:revoke",
      "member:confirm",
      "roster:manage",
      "invitation:create",
      "key:see",
      "key:rotate",
    ],
    "College admin",
  ),
];
