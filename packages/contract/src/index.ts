export * from './edits.ts';
export * from './errors.ts';
export * from './events.ts';
export * from './ids.ts';
export * from './rest.ts';
export * from './socket.ts';
export * from './storage.ts';
export * from './strict-csp.ts';
