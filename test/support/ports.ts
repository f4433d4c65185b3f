export { freePort } from '../../src/playground/free-port.ts';
