export { freePort } from '../../packages/playground/src/free-port.ts';
