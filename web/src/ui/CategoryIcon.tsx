import {
  IconBallFootball,
  IconBook2,
  IconBriefcase,
  IconBulb,
  IconCertificate,
  IconCode,
  IconFlask,
  IconHeartHandshake,
  IconMasksTheater,
  IconMedal,
  IconMicrophone2,
  IconSchool,
  IconSpeakerphone,
  IconTrophy,
  IconUsersGroup,
  IconWorld,
} from "@tabler/icons-react";
import { type ComponentType, createElement } from "react";

type Icon = ComponentType<{ size?: number; stroke?: number; "aria-hidden"?: boolean }>;

const ICONS: Record<string, Icon> = {
  trophy: IconTrophy,
  medal: IconMedal,
  briefcase: IconBriefcase,
  certificate: IconCertificate,
  code: IconCode,
  flask: IconFlask,
  book: IconBook2,
  school: IconSchool,
  sports: IconBallFootball,
  ball: IconBallFootball,
  culture: IconMasksTheater,
  masks: IconMasksTheater,
  community: IconHeartHandshake,
  heart: IconHeartHandshake,
  bulb: IconBulb,
  microphone: IconMicrophone2,
  users: IconUsersGroup,
  leadership: IconSpeakerphone,
  world: IconWorld,
};

/** The icon a category names, or a certificate for a name we do not know. */
export function CategoryIcon({ name, size = 20 }: { name: string; size?: number }) {
  return createElement(ICONS[name] ?? IconCertificate, { size, stroke: 1.7, "aria-hidden": true });
}
