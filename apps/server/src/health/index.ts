export {
  createHealth,
  type HealthConfig,
  type ServiceCheck,
  type ServiceReport,
} from './health.ts';
