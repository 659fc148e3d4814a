import js from '@eslint/js';
import ts from 'typescript-eslint';

export default ts.config(
  { ignores: ['node_modules/', 'results/', 'report/'] },
  js.configs.recommended,
  ...ts.configs.recommended,
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      // A fixture that needs no other fixture still takes the empty pattern.
      'no-empty-pattern': 'off',
      'no-undef': 'off',
    },
  },
);
