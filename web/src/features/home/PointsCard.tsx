import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { Paper, Progress, RingProgress, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { call } from "~/api/client";
import type { Points } from "~/api/schema";

import classes from "./PortfolioCard.module.css";

/** How far the student is with activity points, and where something lacks. Nothing where the college has no scheme. */
export function PointsCard() {
  const { t } = useLingui();
  const { data: points, isPending } = useQuery({
    queryKey: ["me", "points"],
    queryFn: ({ signal }) => call<Points>("/api/me/points/", { signal }),
  });
  // Keeps the place, so that nothing jumps when it comes.
  if (isPending) return <Skeleton height={420} radius="lg" />;
  if (!points?.scheme) return null;
  const { counted, target } = points;
  const lacking = points.groups.filter(({ missing }) => missing > 0);
  return (
    <Paper component="section" className={classes.card} aria-label={t`Activity points`}>
      <Title order={2}>
        <Trans>Activity points</Trans>
      </Title>
      <Stack align="center" gap={4} mt="sm">
        <RingProgress
          size={148}
          thickness={13}
          roundCaps
          role="img"
          aria-label={t`${counted} of ${target} points`}
          sections={[{ value: share(counted, target), color: points.fulfilled ? "teal" : "indigo" }]}
          label={
            <Text ta="center" fw={700} fz={30} lh={1.1}>
              {counted}
              <Text span display="block" size="sm" c="dimmed">
                <Trans>of {target}</Trans>
              </Text>
            </Text>
          }
        />
        {points.fulfilled ? (
          <Text fw={600}>
            <Trans>You have all the points you need.</Trans>
          </Text>
        ) : lacking.length > 0 ? (
          lacking.map(({ code, name, missing }) => (
            <Text key={code} size="sm" fw={600} ta="center">
              <Trans>
                You still need {missing} in {name}
              </Trans>
            </Text>
          ))
        ) : (
          <Text size="sm" fw={600}>
            <Plural value={points.missing} one="You still need # point" other="You still need # points" />
          </Text>
        )}
      </Stack>
      <Stack gap="xs" mt="md">
        {points.groups.map(({ code, name, counted, maximum, minimum }) => (
          <div key={code}>
            <Text size="sm" style={{ display: "flex", justifyContent: "space-between", gap: 12 }}>
              <span>{name}</span>
              <span style={{ whiteSpace: "nowrap" }}>
                {(maximum ?? minimum) ? `${counted} / ${maximum ?? minimum}` : counted}
              </span>
            </Text>
            <Progress
              aria-label={name}
              value={share(counted, maximum ?? minimum ?? target)}
              color={minimum !== null && counted < minimum ? "orange" : "teal"}
              size="sm"
            />
          </div>
        ))}
      </Stack>
    </Paper>
  );
}

function share(part: number, whole: number): number {
  return whole > 0 ? Math.min(100, (100 * part) / whole) : 0;
}
