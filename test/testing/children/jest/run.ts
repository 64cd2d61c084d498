/** Run by `marbles-runners.test.ts`: jest, as somebody has it who knows nothing of this project but the kit. */
import { runCLI } from 'jest';

const root = process.cwd();
const config = {
  rootDir: root,
  roots: ['<rootDir>/src', '<rootDir>/test/testing/children/jest'],
  testMatch: ['**/in-jest.ts'],
  testEnvironment: 'node',
  cache: false,
  transform: { '\\.ts$': '<rootDir>/test/testing/children/jest/transform.cjs' },
  moduleNameMapper: {
    '^rxjs-redis-streams$': '<rootDir>/src/index.ts',
    '^rxjs-redis-streams/testing$': '<rootDir>/src/testing/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
};
const argv = { $0: 'jest', _: [], config: JSON.stringify(config), runInBand: true, silent: false, watchman: false };

const { results } = await runCLI(argv, [root]);
const told = results.testResults.flatMap(({ testResults }) => testResults.map(({ title, status }) => `${title}: ${status}`));
console.log(told.join('\n'));
process.exitCode = results.success ? 0 : 1;
