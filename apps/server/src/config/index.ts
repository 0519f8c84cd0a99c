export { ConfigError, readConfig, type Config } from './config.ts';
export { withEnvFile } from './env-file.ts';
export { loadOrCreateSecret } from './secret-file.ts';
export { providersInOrder, type TranscriptionConfig } from './transcription.ts';
