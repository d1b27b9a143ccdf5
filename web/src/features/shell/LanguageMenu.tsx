import { useLingui } from "@lingui/react/macro";
import { ActionIcon, Menu } from "@mantine/core";
import { IconCheck, IconLanguage } from "@tabler/icons-react";

import { useChangeMe } from "~/api/me";
import { type Language, LANGUAGES, speak } from "~/i18n/i18n";

/** The choice of language for a signed-in person, kept with their account. */
export function LanguageMenu() {
  const change = useChangeMe();
  return <LanguageChoice choose={(language) => change.mutate({ language })} />;
}

/** The choice of language for anyone, kept in this browser. */
export function LanguageChoice({ choose }: { choose?: (language: Language) => void }) {
  const { t, i18n } = useLingui();
  return (
    <Menu position="bottom-end" width={180} withinPortal={false}>
      <Menu.Target>
        <ActionIcon aria-label={t`Language`}>
          <IconLanguage size={21} stroke={1.7} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {(Object.keys(LANGUAGES) as Language[]).map((language) => (
          <Menu.Item
            key={language}
            lang={language}
            aria-current={i18n.locale === language}
            rightSection={i18n.locale === language && <IconCheck size={16} />}
            onClick={() => {
              void speak(language);
              choose?.(language);
            }}
          >
            {LANGUAGES[language]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
