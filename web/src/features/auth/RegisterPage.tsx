import { zodResolver } from "@hookform/resolvers/zod";
import { Trans, useLingui } from "@lingui/react/macro";
import { Anchor, Button, Select, Stack } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Controller, FormProvider, useForm, useWatch } from "react-hook-form";
import { Link } from "react-router";

import type { College, RegisterRequest } from "~/api/schema";
import { useIdempotencyKey } from "~/api/useIdempotencyKey";
import { AuthLayout } from "~/features/auth/AuthLayout";
import { collegeQuery, collegesQuery, register } from "~/features/auth/api";
import { AccountFields, ConsentField, StudyFields } from "~/features/auth/RegisterFields";
import { EMPTY_REGISTRATION, type RegisterForm, registerSchema } from "~/features/auth/registerSchema";
import { RegistrationDone } from "~/features/auth/RegistrationDone";
import { tieToFields } from "~/ui/formProblems";
import { ErrorState, FormProblem, ListSkeleton } from "~/ui/states";

export function RegisterPage() {
  const { t } = useLingui();
  const { keyFor } = useIdempotencyKey();
  const [problem, setProblem] = useState<unknown>(null);
  const form = useForm({
    resolver: zodResolver(registerSchema),
    defaultValues: EMPTY_REGISTRATION as RegisterForm,
  });
  const slug = useWatch({ control: form.control, name: "college" });
  const colleges = useQuery(collegesQuery);
  const college = useQuery(collegeQuery(slug));
  const entry = useMutation({
    mutationFn: (request: RegisterRequest) => register(request, keyFor(request)),
    onMutate: () => setProblem(null),
    onError: (error) =>
      setProblem(
        tieToFields(error, form.setError, Object.keys(EMPTY_REGISTRATION) as (keyof RegisterForm)[]),
      ),
  });

  if (entry.data) return <RegistrationDone state={entry.data.state} email={form.getValues("email")} />;

  return (
    <AuthLayout
      wide
      title={t`Register as a student`}
      note={
        <Trans>
          Staff come by invitation. Already registered?{" "}
          <Anchor component={Link} to="/login" underline="always">
            Sign in
          </Anchor>
        </Trans>
      }
    >
      <FormProvider {...form}>
        <form
          noValidate
          onSubmit={form.handleSubmit(
            (values) => college.data && entry.mutate(requestOf(values, college.data)),
          )}
        >
          <Stack gap="lg">
            <Controller
              name="college"
              control={form.control}
              render={({ field, fieldState }) => (
                <Select
                  label={t`College`}
                  size="md"
                  searchable
                  placeholder={t`Type to search`}
                  nothingFoundMessage={t`No college of this name is on this hub`}
                  data={(colleges.data ?? []).map(({ slug, name, city }) => ({
                    value: slug,
                    label: city ? `${name}, ${city}` : name,
                  }))}
                  error={
                    fieldState.error?.message ??
                    (colleges.isError ? t`The list of colleges could not be loaded` : undefined)
                  }
                  {...field}
                  value={field.value || null}
                  onChange={(value) => {
                    field.onChange(value ?? "");
                    form.setValue("department", "");
                    form.setValue("programme", "");
                  }}
                />
              )}
            />
            {slug !== "" && college.isPending && <ListSkeleton rows={4} height={44} />}
            {college.isError && <ErrorState error={college.error} retry={() => college.refetch()} />}
            {college.data && (
              <>
                <StudyFields college={college.data} />
                <AccountFields />
                <ConsentField college={college.data} />
                <FormProblem error={problem} />
                <Button type="submit" size="md" loading={entry.isPending}>
                  <Trans>Register</Trans>
                </Button>
              </>
            )}
          </Stack>
        </form>
      </FormProvider>
    </AuthLayout>
  );
}

function requestOf(form: RegisterForm, college: College): RegisterRequest {
  return {
    ...form,
    full_name_native: form.full_name_native || null,
    native_language: form.native_language || null,
    code: form.code || null,
    consent: college.consent_version,
  };
}
