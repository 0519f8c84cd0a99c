import {
  activeClientsByIdSchema,
  activeClientsSchema,
  type ActiveClientBody,
  type UserId,
} from '@friend-lite/contract';
import { isAllowed, type Principal } from '../accounts/index.ts';
import { sessionOf } from './authentication.ts';
import type { HttpDeps } from './deps.ts';
import type { App } from './fastify.ts';
import { activeClientBody } from './wire/device.ts';

type ClientDeps = Pick<HttpDeps, 'captures' | 'listening' | 'conversations'>;

/** The devices that are connected or expected back: one's own, or everybody's for an administrator. */
export function registerClients(app: App, deps: ClientDeps): void {
  app.get(
    '/api/clients/active',
    { schema: { response: { 200: activeClientsSchema } } },
    async (request) => {
      const clients = await activeClients(deps, sessionOf(request).user);
      return {
        clients,
        active_clients: clients,
        active_clients_count: clients.length,
        total_count: clients.length,
      };
    },
  );

  app.get(
    '/api/active_clients',
    { schema: { response: { 200: activeClientsByIdSchema } } },
    async (request) => {
      const clients = await activeClients(deps, sessionOf(request).user);
      return {
        active_clients_count: clients.length,
        clients: Object.fromEntries(clients.map((client) => [client.client_id, client])),
      };
    },
  );
}

async function activeClients(
  { captures, listening, conversations }: ClientDeps,
  principal: Principal,
): Promise<ActiveClientBody[]> {
  const seesAll = isAllowed(principal, 'read', null);
  const devices = captures.active(seesAll ? undefined : principal.id);
  const ownerIds = [...new Set<UserId>(devices.map(({ userId }) => userId))];
  const counts = new Map(
    await Promise.all(
      ownerIds.map(async (id) => [id, await conversations.countByClient(id)] as const),
    ),
  );
  return devices.map((device) =>
    activeClientBody(
      device,
      device.capture && listening.openConversation(device.capture.id),
      counts.get(device.userId)?.get(device.clientId) ?? 0,
    ),
  );
}
