import { Trans } from "@lingui/react/macro";
import { Anchor, Box, Divider, Group, SimpleGrid, Text, UnstyledButton } from "@mantine/core";
import { IconArrowRight } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";

import { type Credentials, demoQuery } from "~/features/auth/api";

import classes from "./DemoLogins.module.css";

/** One press to be somebody; drawn only where the deployment says it is a demo. */
export function DemoLogins({ signIn, busy }: { signIn: (login: Credentials) => void; busy: boolean }) {
  const demo = useQuery(demoQuery).data;
  if (!demo) return null;
  return (
    <Box mt="xl">
      <Divider label={<Trans>This is a demo: sign in as</Trans>} mb="md" />
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="xs">
        {demo.logins.map(({ name, role, college, college_name, email, password }) => (
          <UnstyledButton
            key={college + email}
            className={classes.card}
            disabled={busy}
            onClick={() => signIn({ email, password, college })}
          >
            <Group justify="space-between" wrap="nowrap">
              <Box miw={0}>
                <Text size="sm" fw={600} truncate>
                  {name}
                </Text>
                <Text size="xs" c="dimmed" truncate>
                  {role}
                </Text>
                <Text size="xs" c="dimmed" truncate>
                  {college_name}
                </Text>
              </Box>
              <IconArrowRight size={18} aria-hidden />
            </Group>
          </UnstyledButton>
        ))}
      </SimpleGrid>
      <Text size="xs" c="dimmed" mt="sm">
        <Anchor href={demo.mails_url} target="_blank" size="xs">
          <Trans>The mails this demo has sent</Trans>
        </Anchor>
      </Text>
    </Box>
  );
}
