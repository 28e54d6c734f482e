/** Version of this package; the server logs it. A test holds it equal to package.json's. */
export const VERSION = '0.1.0';
