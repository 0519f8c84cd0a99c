import { createClient } from '@friend-lite/client';

/** The server this page came from; the session is a cookie that no script can read. */
export const api = createClient({ baseUrl: '', credentials: 'include' });
