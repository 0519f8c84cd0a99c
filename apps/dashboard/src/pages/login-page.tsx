import { ApiError } from '@friend-lite/client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { api } from '../api/client.ts';
import { queries } from '../api/queries.ts';
import { isSetupRequired, safePlace } from '../api/session.ts';
import { Door, Submit, TextField } from '../ui/door.tsx';
import { usePageTitle } from '../ui/page-title.ts';
import { errorInWords } from '../ui/states.tsx';
import { formDataOf, textField } from '../ui/form.ts';

const route = getRouteApi('/login');

/** Signs in by cookie and goes on to where one came from. */
export function LoginPage() {
  usePageTitle('Sign in');
  const { redirect } = route.useSearch();
  const router = useRouter();
  const queryClient = useQueryClient();
  const signIn = useMutation({
    mutationFn: async (form: FormData) => {
      await api.loginWithCookie({
        email: textField(form, 'email').trim(),
        password: textField(form, 'password'),
      });
      return queryClient.query({ ...queries.me, staleTime: 0 });
    },
    onSuccess: () => router.history.push(safePlace(redirect)),
    onError: (error) => {
      if (isSetupRequired(error)) void router.navigate({ to: '/setup' });
    },
  });

  return (
    <Door title="Sign in" intro="Your conversations stay on this server.">
      <form onSubmit={(event) => signIn.mutate(formDataOf(event))}>
        <TextField
          id="email"
          name="email"
          type="email"
          label="Email"
          autoComplete="username"
          required
          autoFocus
        />
        <TextField
          id="password"
          name="password"
          type="password"
          label="Password"
          autoComplete="current-password"
          required
        />
        <Submit isPending={signIn.isPending} error={signIn.error && refusalInWords(signIn.error)}>
          Sign in
        </Submit>
      </form>
    </Door>
  );
}

function refusalInWords(error: unknown): string {
  return error instanceof ApiError && error.code === 'bad_credentials'
    ? 'Email and password do not belong together.'
    : errorInWords(error);
}
