import { emailSchema, passwordSchema } from '@friend-lite/contract';
import { useMutation, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useRouter } from '@tanstack/react-router';
import { api } from '../api/client.ts';
import { Door, Submit, TextField } from '../ui/door.tsx';
import { formDataOf, textField } from '../ui/form.ts';
import { usePageTitle } from '../ui/page-title.ts';
import { errorInWords } from '../ui/states.tsx';

const route = getRouteApi('/setup');

/** The first run: makes the administrator, with the token of the link the server printed. */
export function SetupPage() {
  usePageTitle('First run');
  const { token } = route.useSearch();
  const router = useRouter();
  const status = useQuery({
    queryKey: ['setup'],
    queryFn: ({ signal }) => api.setupStatus({ signal }),
  });
  const setup = useMutation({
    mutationFn: async (form: FormData) => {
      const credentials = {
        email: textField(form, 'email').trim(),
        password: textField(form, 'password'),
      };
      const problem = problemOf(credentials, textField(form, 'repeated'));
      if (problem !== null) throw new FormProblem(problem);
      await api.submitSetup({ token: token ?? '', ...credentials });
      await api.loginWithCookie(credentials);
    },
    onSuccess: () => router.navigate({ to: '/devices' }),
  });

  if (status.data?.setup_required === false) {
    return (
      <Door title="Already set up" intro="This server has its administrator; the link is used up.">
        <Link to="/login" className="button is-primary is-wide">
          Go to sign in
        </Link>
      </Door>
    );
  }
  if (token === undefined) {
    return (
      <Door
        title="First run"
        intro="This server has no administrator yet. Open the setup link it printed when it started: it proves that the server is yours."
      />
    );
  }
  return (
    <Door
      title="Welcome"
      intro="Choose how you sign in. This account administers the server."
      note="The link that led here works once."
    >
      <form onSubmit={(event) => setup.mutate(formDataOf(event))}>
        <TextField
          id="email"
          name="email"
          type="email"
          label="Email"
          hint="Used to sign in; nothing is ever sent to it."
          autoComplete="username"
          required
          autoFocus
        />
        <TextField
          id="password"
          name="password"
          type="password"
          label="Password"
          hint="At least 8 characters."
          autoComplete="new-password"
          minLength={8}
          required
        />
        <TextField
          id="repeated"
          name="repeated"
          type="password"
          label="Password again"
          autoComplete="new-password"
          required
        />
        <Submit isPending={setup.isPending} error={setup.error && refusalInWords(setup.error)}>
          Create account
        </Submit>
      </form>
    </Door>
  );
}

/** Something the person who filled in the form can put right. */
class FormProblem extends Error {}

function refusalInWords(error: unknown): string {
  return error instanceof FormProblem ? error.message : errorInWords(error);
}

function problemOf(
  { email, password }: { readonly email: string; readonly password: string },
  repeated: string,
): string | null {
  if (!emailSchema.safeParse(email).success) return 'This is not an email address.';
  const checked = passwordSchema.safeParse(password);
  if (!checked.success)
    return `Choose another password: ${checked.error.issues[0]?.message ?? ''}.`;
  return password === repeated ? null : 'The two passwords differ.';
}
