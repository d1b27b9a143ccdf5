import { Trans } from "@lingui/react/macro";
import { Button, Stack } from "@mantine/core";
import { IconBuildingBank, IconChevronRight } from "@tabler/icons-react";

interface Props {
  colleges: { slug: string; name: string }[];
  choose: (slug: string) => void;
  back: () => void;
}

/** The colleges an e-mail has accounts in; shown only after the password was right. */
export function CollegeChoice({ colleges, choose, back }: Props) {
  return (
    <Stack gap="sm">
      {colleges.map(({ slug, name }) => (
        <Button
          key={slug}
          variant="default"
          size="md"
          h="auto"
          mih={52}
          py={10}
          styles={{ label: { whiteSpace: "normal", textAlign: "left", flex: 1 } }}
          justify="space-between"
          leftSection={<IconBuildingBank size={20} />}
          rightSection={<IconChevronRight size={18} />}
          onClick={() => choose(slug)}
        >
          {name}
        </Button>
      ))}
      <Button variant="subtle" onClick={back}>
        <Trans>Use another account</Trans>
      </Button>
    </Stack>
  );
}
