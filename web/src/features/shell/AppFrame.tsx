import { Trans, useLingui } from "@lingui/react/macro";
import { AppShell, Box, Center, Loader } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Suspense, useEffect, useState } from "react";
import { Navigate, Outlet, useLocation } from "react-router";

import { meQuery } from "~/api/me";
import { hasCode } from "~/api/problem";
import { type End, onSessionEnd } from "~/api/session";
import { StepUp } from "~/features/auth/StepUp";
import { OutboxStrip } from "~/features/outbox/OutboxStrip";
import { BottomTabs } from "~/features/shell/BottomTabs";
import { loginPath } from "~/features/shell/deepLink";
import { FollowLanguage } from "~/features/shell/FollowLanguage";
import { SideNav } from "~/features/shell/SideNav";
import { TopBar } from "~/features/shell/TopBar";
import { ErrorState } from "~/ui/states";

import classes from "./AppFrame.module.css";

/** What surrounds every page behind the log-in; sends strangers there and back. */
export function AppFrame() {
  const { t } = useLingui();
  const location = useLocation();
  const [ended, setEnded] = useState<End | null>(null);
  const [menu, { toggle, close }] = useDisclosure(false);
  const me = useQuery({ ...meQuery, enabled: ended === null });

  useEffect(() => onSessionEnd(setEnded), []);

  if (ended === "signed_out") return <Navigate to="/login" replace />;
  if (ended || hasCode(me.error, "unauthenticated")) return <Navigate to={loginPath(location)} replace />;
  if (me.isPending) {
    return (
      <Center h="100dvh">
        <Loader aria-label={t`Loading`} />
      </Center>
    );
  }
  if (!me.data) return <ErrorState whole error={me.error} retry={() => me.refetch()} />;

  return (
    <AppShell
      layout="alt"
      header={{ height: 60 }}
      navbar={{ width: 248, breakpoint: "sm", collapsed: { mobile: !menu } }}
      footer={{ height: { base: "calc(64px + env(safe-area-inset-bottom))", sm: 0 } }}
      padding={0}
      transitionDuration={150}
    >
      <StepUp />
      <FollowLanguage language={me.data.data.language} />
      <a className="skip-link" href="#main">
        <Trans>Skip to the content</Trans>
      </a>
      <AppShell.Header className={classes.header}>
        <TopBar />
      </AppShell.Header>
      <AppShell.Navbar className={classes.navbar} data-closed={!menu || undefined}>
        <SideNav close={close} />
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1} className={classes.main}>
        <OutboxStrip />
        <Box className={classes.page}>
          <Suspense
            fallback={
              <Center h={240}>
                <Loader aria-label={t`Loading`} />
              </Center>
            }
          >
            <Outlet />
          </Suspense>
        </Box>
      </AppShell.Main>
      <AppShell.Footer hiddenFrom="sm" className={classes.footer}>
        <BottomTabs openMenu={toggle} />
      </AppShell.Footer>
    </AppShell>
  );
}
