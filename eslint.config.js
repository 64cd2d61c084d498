import { defineConfig } from 'eslint/config';
import rxjs from 'eslint-plugin-rxjs-x';
import ts from 'typescript-eslint';

export default defineConfig(
  // the dashboard needs packages of its own: scripts/dashboard.sh looks at it, by the same rules
  { ignores: ['dist/', 'coverage/', 'site/', '.tmp/', 'examples/nest-angular-dashboard/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error', reportUnusedInlineConfigs: 'error' } },
  {
    files: ['**/*.ts'],
    extends: [ts.configs.recommendedTypeChecked, rxjs.configs.strict],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: ['error', 'always'],
      'no-empty': 'error', // an empty catch above all
      'no-template-curly-in-string': 'error',
      'no-unreachable-loop': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // an entry, a number and a literal in a template are what a message is made of
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true, allowNever: true }],
      // a port or a test double answers asynchronously without always having to wait
      '@typescript-eslint/require-await': 'off',
      // objects are made by functions here, without `this`: their methods work destructured
      '@typescript-eslint/unbound-method': 'off',
      // passes on what a caller's code threw, which may be anything
      'rxjs-x/throw-error': ['error', { allowThrowingAny: false, allowThrowingUnknown: true }],
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      'no-console': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/no-unnecessary-boolean-literal-compare': 'error',
      '@typescript-eslint/prefer-readonly': 'error',
      // no-unnecessary-condition stays off: JavaScript callers hand in, and Redis answers, what no type says
      // operators are written here: an inner source is subscribed where its outer one emits
      'rxjs-x/no-nested-subscribe': 'off',
    },
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts', 'scripts/**/*.ts', 'examples/**/*.ts'],
    rules: {
      // a test fails, and an example ends, by what it throws: an unhandled error is the outcome that is wanted
      'rxjs-x/no-ignored-error': 'off',
      'rxjs-x/no-ignored-default-value': 'off',
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // tests do on purpose what the rules keep others from: fail with odd values, subscribe twice and inside, order operators wrongly
      '@typescript-eslint/only-throw-error': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off', // `expect.any()`, and what Redis replied
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      'rxjs-x/no-exposed-subjects': 'off',
      'rxjs-x/no-nested-subscribe': 'off',
      'rxjs-x/no-unsafe-takeuntil': 'off',
      'rxjs-x/throw-error': 'off',
    },
  },
  {
    files: ['examples/nest-angular-dashboard/test/**/*.ts'],
    rules: {
      // the runner of Node waits for its tests by itself
      '@typescript-eslint/no-floating-promises': [
        'error',
        { allowForKnownSafeCalls: [{ from: 'package', package: 'node:test', name: 'test' }] },
      ],
    },
  },
);
