export { isAllowed, ownerToRead, requireAccess, type Action, type Principal } from './access.ts';
export { clientIdOf, createDevices, type Devices } from './devices.ts';
export { createLogin, type Login } from './login.ts';
export { createPasswords } from './passwords.ts';
export * from './ports.ts';
export { openSetup, type Setup } from './setup.ts';
export { createSignedPaths, type SignedPaths } from './signed-paths.ts';
export { createTokens, tokenLifetimeSeconds, type Session, type Tokens } from './tokens.ts';
export { createUsers, type Users } from './users.ts';
