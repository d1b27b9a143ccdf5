import { useLingui } from "@lingui/react/macro";
import { PasswordInput, type PasswordInputProps } from "@mantine/core";

/** A password that can be looked at; the eye speaks the person's language. */
export function Password(props: PasswordInputProps) {
  const { t } = useLingui();
  return (
    <PasswordInput visibilityToggleButtonProps={{ "aria-label": t`Show or hide the password` }} {...props} />
  );
}
