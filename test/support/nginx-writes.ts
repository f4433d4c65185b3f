/** What an nginx that can deny writes has more: the lines of docs/nginx.md. */
export const deniesWrites = {
  http: 'map $msec $switchback_second { "~^(?<switchback_now>\\d+)" $switchback_now; }',
  server: `if (-f {include}.denied/$switchback_second.$request_method) { rewrite ^ /switchback-read-only last; }
    location = /switchback-read-only {
      internal;
      default_type text/plain;
      add_header Retry-After 20 always;
      add_header Cache-Control no-store always;
      return 503 "Read-only for now: this write was not carried out. Try again later.\\n";
    }`,
};
