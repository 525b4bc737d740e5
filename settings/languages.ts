/**
 * Languages of the web client (BCP 47): those that Converse.js 14 offers and has all files of. Occitan is left out: with
 * no dates in that language (dayjs), Converse.js falls back to English.
 *
 * @see https://conversejs.org/docs/configuration/#i18n
 */
export const languages = [
  "af", "ar", "bg", "ca", "cs", "da", "de", "el", "en", "eo", "es", "eu", "fa", "fi", "fr", "gl", "he", "hi", "hu", "id", "it",
  "ja", "lt", "mn", "mr", "nb", "nl", "pl", "pt", "pt-BR", "ro", "ru", "sv", "ta", "th", "tr", "ug", "uk", "vi", "zh-CN", "zh-TW",
] as const;
