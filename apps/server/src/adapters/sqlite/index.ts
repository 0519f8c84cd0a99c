export { openSqlite, type SqliteStores } from './open.ts';
