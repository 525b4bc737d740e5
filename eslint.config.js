import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["node_modules/", "rendered/", ".build/", "eslint.config.js"] },
  ...tseslint.configs.recommendedTypeChecked,
  // Scripts for browsers, beside what tsconfig.json knows.
  { files: ["config-templates/**/*.js"], ...tseslint.configs.disableTypeChecked },
  {
    ignores: ["config-templates/**/*.js"],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // An Output in a template string is text about an object, not its value.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/no-base-to-string": "error",
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
    },
  },
);
