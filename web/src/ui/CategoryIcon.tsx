import {
  IconAward,
  IconBriefcase,
  IconCertificate,
  IconCode,
  IconCpu,
  IconFlask,
  IconHeartHandshake,
  IconMusic,
  IconPresentation,
  IconSchool,
  IconTrophy,
  IconUsersGroup,
} from "@tabler/icons-react";
import { type ComponentType, createElement } from "react";

type Icon = ComponentType<{ size?: number; stroke?: number; "aria-hidden"?: boolean }>;

// The names a category may carry in the database, and the few that the app's own examples use.
const ICONS: Record<string, Icon> = {
  trophy: IconTrophy,
  music: IconMusic,
  cpu: IconCpu,
  "hand-heart": IconHeartHandshake,
  briefcase: IconBriefcase,
  "graduation-cap": IconSchool,
  "flask-conical": IconFlask,
  users: IconUsersGroup,
  presentation: IconPresentation,
  award: IconAward,
  code: IconCode,
  certificate: IconCertificate,
};

/** The icon a category names, or a certificate for a name we do not know. */
export function CategoryIcon({ name, size = 20 }: { name: string; size?: number }) {
  return createElement(ICONS[name] ?? IconCertificate, { size, stroke: 1.7, "aria-hidden": true });
}
