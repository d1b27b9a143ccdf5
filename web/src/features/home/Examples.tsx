import { Trans, useLingui } from "@lingui/react/macro";
import { Box, SimpleGrid, Text, Title } from "@mantine/core";
import { Link } from "react-router";

import { CategoryIcon } from "~/ui/CategoryIcon";

import classes from "./Examples.module.css";

/** What an empty hub could hold: three things most students have. */
export function Examples() {
  const { t } = useLingui();
  const examples = [
    { icon: "code", title: t`A hackathon`, text: t`Winner or participant: the certificate is enough.` },
    {
      icon: "certificate",
      title: t`An online course`,
      text: t`NPTEL, SWAYAM, Coursera: add the PDF you got.`,
    },
    {
      icon: "hand-heart",
      title: t`NSS or volunteering`,
      text: t`Hours of service, with a letter or a photo.`,
    },
  ];
  return (
    <Box>
      <Title order={2}>
        <Trans>Your first achievement</Trans>
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        <Trans>For example one of these. Your faculty checks it, and the college signs it.</Trans>
      </Text>
      <SimpleGrid cols={{ base: 1, xs: 3 }} spacing="sm">
        {examples.map(({ icon, title, text }) => (
          <Link key={icon} to="/achievements/new" className={classes.card}>
            <CategoryIcon name={icon} size={28} />
            <Text fw={600} size="sm" mt="xs">
              {title}
            </Text>
            <Text size="xs" c="dimmed">
              {text}
            </Text>
          </Link>
        ))}
      </SimpleGrid>
    </Box>
  );
}
