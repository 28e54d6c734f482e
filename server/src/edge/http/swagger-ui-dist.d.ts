/** The one module of the package that loads nothing: it says where the files are. */
declare module 'swagger-ui-dist/absolute-path.js' {
  // biome-ignore lint/style/noDefaultExport: the package's own form
  export default function getAbsoluteFSPath(): string;
}
