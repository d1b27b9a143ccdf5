import { Navigate } from "react-router";

import { useMe } from "~/api/me";
import { StudentHome } from "~/features/home/StudentHome";
import { navItems } from "~/features/shell/nav";

/** A student's home; whoever is none starts at their first place. */
export function HomePage() {
  const me = useMe();
  if (me.permissions.includes("achievement:create")) return <StudentHome />;
  return <Navigate to={navItems(me)[0]?.to ?? "/settings"} replace />;
}
