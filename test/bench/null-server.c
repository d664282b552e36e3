// A null S3 server: it keeps nothing and answers at once, so that what is measured is the client.
//   cc -O2 -o null-server null-server.c -lz && ./null-server     prints its port; ends when its standard input does
// One thread. Bodies with a Content-Length are discarded inside the kernel (recv with MSG_TRUNC, tcp(7)).
//   PUT                 200 with an ETag, and the x-amz-checksum-* header of the request
//   GET, HEAD x-BYTES   that many zeros, or the range of them, with their CRC32 when x-amz-checksum-mode asks for it
//   POST                the answers to CreateMultipartUpload and CompleteMultipartUpload
//   GET ?uploads, ?uploadId=   no uploads, no parts
//   GET ?list-type=2    a page of 1,000 keys below the prefix, the last one of its list
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#define ETAG "\"9b74c9897bac770ffc029102a200c5de\""
#define COMMON "\r\nDate: %s\r\nServer: null\r\nx-amz-request-id: 4442587FB7D0A2F9\r\n"
#define OK "HTTP/1.1 200 OK" COMMON
#define PARTIAL "HTTP/1.1 206 Partial Content" COMMON
#define ZEROS (1 << 20)

enum state { HEAD, BODY, CHUNK_SIZE, CHUNK_DATA, CHUNK_END, TRAILER, ANSWER };

struct conn {
  int fd, waits, length, out_length, out_sent, extension, line;
  enum state state;
  char in[32768], out[4096], answer[1024];
  unsigned long long left;  // bytes of the request's body, or of its chunk
  const char *tail;         // what follows `out`: zeros, or the page
  size_t tail_left;
};

static int epoll;
static char zeros[ZEROS], scratch[1 << 17], page[1 << 20];
static size_t page_length;
static char page_prefix[256] = "\1";

static const char *date(void) {
  static time_t at;
  static char text[40];
  time_t now = time(0);
  if (now != at) strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", gmtime(&now));
  at = now;
  return text;
}

// The value of a header, or 0; it ends with the line.
static const char *header(const char *head, const char *name) {
  size_t length = strlen(name);
  for (const char *p = strstr(head, "\r\n"); p && p[2] != '\r'; p = strstr(p, "\r\n")) {
    p += 2;
    if (strncasecmp(p, name, length) || p[length] != ':') continue;
    for (p += length + 1; *p == ' ';) p++;
    return p;
  }
  return 0;
}

static void base64(unsigned value, char *to) {
  static const char *digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  unsigned char bytes[6] = {value >> 24, value >> 16, value >> 8, value};
  for (int i = 0; i < 2; i++) {
    unsigned group = bytes[3 * i] << 16 | bytes[3 * i + 1] << 8 | bytes[3 * i + 2];
    for (int j = 0; j < 4; j++) to[4 * i + j] = digits[group >> (18 - 6 * j) & 63];
  }
  strcpy(to + 6, "==");
}

static unsigned crc_of_zeros(size_t length) {
  static size_t known;
  static unsigned crc;
  if (known != length) crc = crc32(0, (void *)zeros, known = length);
  return crc;
}

// The page is made once for each prefix. It has what AWS sends, ETags with their quotes escaped included.
static void make_page(const char *prefix) {
  if (!strcmp(prefix, page_prefix)) return;
  snprintf(page_prefix, sizeof page_prefix, "%s", prefix);
  size_t n = sprintf(page,
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
    "<Name>bench</Name><Prefix>%s</Prefix><KeyCount>1000</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>",
    prefix);
  for (int i = 0; i < 1000; i++)
    n += sprintf(page + n,
      "<Contents><Key>%s2026/11/%02d/photo-%06d.jpg</Key><LastModified>2026-11-%02dT08:%02d:%02d.000Z</LastModified>"
      "<ETag>&quot;%032x&quot;</ETag><ChecksumAlgorithm>CRC32</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType>"
      "<Size>%d</Size><StorageClass>STANDARD</StorageClass></Contents>",
      prefix, i / 40 + 1, i, i / 40 + 1, i / 60 % 60, i % 60, 0x9e3779b1u * (i + 1), 1024 + i * 37);
  page_length = n + sprintf(page + n, "</ListBucketResult>");
}

static void watch(struct conn *c, int writable) {
  if (c->waits == writable) return;
  c->waits = writable;
  struct epoll_event event = {.events = EPOLLIN | (writable ? EPOLLOUT : 0), .data.ptr = c};
  epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &event);
}

// -1: the connection is gone.
static int send_out(struct conn *c) {
  while (c->out_sent < c->out_length || c->tail_left) {
    int head = c->out_sent < c->out_length;
    const char *from = head ? c->out + c->out_sent : c->tail;
    size_t length = head ? (size_t)(c->out_length - c->out_sent) : c->tail_left;
    if (!head && c->tail == zeros && length > ZEROS) length = ZEROS;
    ssize_t sent = send(c->fd, from, length, MSG_NOSIGNAL | (head && c->tail_left ? MSG_MORE : 0));
    if (sent < 0) {
      if (errno != EAGAIN) return -1;
      watch(c, 1);
      return 0;
    }
    if (head) { c->out_sent += sent; continue; }
    c->tail_left -= sent;
    if (c->tail != zeros) c->tail += sent;
  }
  watch(c, 0);
  c->state = HEAD;
  return 0;
}

// Answers a request whose body has been read.
static int answer(struct conn *c) {
  c->out_length = sprintf(c->out, "%s", c->answer);
  c->out_sent = 0;
  c->state = ANSWER;
  return send_out(c);
}

static void answer_xml(struct conn *c, const char *xml) {
  snprintf(c->answer, sizeof c->answer, OK "Content-Type: application/xml\r\nContent-Length: %zu\r\n\r\n%s", date(),
    strlen(xml), xml);
}

static void answer_read(struct conn *c, char *path) {
  char extra[96] = "", *query = strchr(path, '?'), *prefix, crc[12];
  if (query && strstr(query, "list-type=2")) {
    static char wanted[200];
    *wanted = 0;
    // Prefixes of the benchmark have no character that is encoded but the slash.
    if ((prefix = strstr(query, "prefix="))) {
      for (char *to = wanted, *p = prefix + 7; *p && *p != '&' && to < wanted + 190; *++to = 0) {
        int slash = !strncasecmp(p, "%2F", 3);
        *to = slash ? '/' : *p;
        p += slash ? 3 : 1;
      }
    }
    make_page(wanted);
    c->tail = page;
    c->tail_left = page_length;
    snprintf(c->answer, sizeof c->answer, OK "Content-Type: application/xml\r\nContent-Length: %zu\r\n\r\n", date(), page_length);
    return;
  }
  if (query && strstr(query, "uploads"))
    return answer_xml(c, "<ListMultipartUploadsResult><Bucket>bench</Bucket><IsTruncated>false</IsTruncated>"
      "</ListMultipartUploadsResult>");
  if (query && strstr(query, "uploadId="))
    return answer_xml(c, "<ListPartsResult><Bucket>bench</Bucket><IsTruncated>false</IsTruncated></ListPartsResult>");
  if (query) *query = 0;
  char *dash = strrchr(path, '-');
  size_t size = dash ? strtoull(dash + 1, 0, 10) : 0;
  const char *range = *c->in == 'G' ? header(c->in, "range") : 0;
  unsigned long long first = 0, last = size - 1;
  if (range && size && sscanf(range, "bytes=%llu-%llu", &first, &last) && first < size) {
    if (last >= size) last = size - 1;
    c->tail = zeros;
    c->tail_left = last - first + 1;
    snprintf(c->answer, sizeof c->answer, PARTIAL "Last-Modified: Fri, 20 Nov 2026 08:00:00 GMT\r\nETag: " ETAG "\r\n"
      "Content-Type: application/octet-stream\r\nContent-Range: bytes %llu-%llu/%zu\r\nContent-Length: %zu\r\n\r\n", date(),
      first, last, size, c->tail_left);
    return;
  }
  if (header(c->in, "x-amz-checksum-mode")) {
    base64(crc_of_zeros(size > ZEROS ? ZEROS : size), crc);
    if (size <= ZEROS) sprintf(extra, "x-amz-checksum-crc32: %s\r\nx-amz-checksum-type: FULL_OBJECT\r\n", crc);
  }
  c->tail = zeros;
  c->tail_left = *c->in == 'G' ? size : 0;
  snprintf(c->answer, sizeof c->answer,
    OK "Last-Modified: Fri, 20 Nov 2026 08:00:00 GMT\r\nETag: " ETAG "\r\nAccept-Ranges: bytes\r\n"
    "Content-Type: application/octet-stream\r\nContent-Length: %zu\r\n%s\r\n", date(), size, extra);
}

static void answer_post(struct conn *c, const char *path) {
  if (strstr(path, "uploads"))
    answer_xml(c, "<InitiateMultipartUploadResult><Bucket>bench</Bucket><Key>k</Key><UploadId>null-upload</UploadId>"
      "</InitiateMultipartUploadResult>");
  else
    answer_xml(c, "<CompleteMultipartUploadResult><Location>/bench/k</Location><Bucket>bench</Bucket><Key>k</Key><ETag>&quot;9b74c9897bac770ffc02910"
      "2a200c5de-1&quot;</ETag></CompleteMultipartUploadResult>");
}

static void answer_write(struct conn *c) {
  char extra[160] = "";
  const char *sum = strcasestr(c->in, "\r\nx-amz-checksum-");
  size_t length = sum ? strcspn(sum + 2, "\r") : 0;
  if (sum && length < 140) sprintf(extra, "%.*s\r\n", (int)length, sum + 2);
  snprintf(c->answer, sizeof c->answer, OK "ETag: " ETAG "\r\n%sContent-Length: 0\r\n\r\n", date(), extra);
}

// A whole head is in `in`, up to `end`.
static int begin(struct conn *c, char *end) {
  char method[8] = "", path[2048] = "";
  sscanf(c->in, "%7s %2047s", method, path);
  const char *length = header(c->in, "content-length"), *coding = header(c->in, "transfer-encoding");
  c->left = length ? strtoull(length, 0, 10) : 0;
  c->tail_left = 0;
  c->state = coding && !strncasecmp(coding, "chunked", 7) ? CHUNK_SIZE : c->left ? BODY : HEAD;
  if (c->state == CHUNK_SIZE) c->left = c->line = c->extension = 0;
  if (*method == 'G' || *method == 'H') answer_read(c, path);
  else if (!strcmp(method, "POST")) answer_post(c, path);
  else if (*method == 'P') answer_write(c);
  else snprintf(c->answer, sizeof c->answer, "HTTP/1.1 204 No Content\r\nDate: %s\r\n\r\n", date());
  int expects = header(c->in, "expect") != 0, used = end - c->in;
  c->length -= used;
  memmove(c->in, end, c->length + 1);
  if (c->state == HEAD) return answer(c);
  if (expects && !c->length) send(c->fd, "HTTP/1.1 100 Continue\r\n\r\n", 25, MSG_NOSIGNAL);
  return 0;
}

// Bytes of a body: how many belong to it, or -1.
static int eat(struct conn *c, const char *bytes, int length) {
  int i = 0;
  while (i < length) {
    if (c->state == BODY || c->state == CHUNK_DATA) {
      unsigned long long take = (unsigned long long)(length - i) < c->left ? (unsigned long long)(length - i) : c->left;
      i += take;
      if (c->left -= take) continue;
      if (c->state == BODY) return answer(c) < 0 ? -1 : i;
      c->state = CHUNK_END;
      continue;
    }
    char one = bytes[i++];
    if (c->state == CHUNK_SIZE) {
      if (one == '\n') c->state = c->left ? CHUNK_DATA : TRAILER, c->extension = c->line = 0;
      else if (one == ';') c->extension = 1;
      else if (one != '\r' && !c->extension) c->left = c->left * 16 + (one <= '9' ? one - '0' : (one | 32) - 'a' + 10);
    } else if (c->state == CHUNK_END) {
      if (one == '\n') c->state = CHUNK_SIZE, c->left = 0;
    } else if (one == '\n') {
      if (!c->line) return answer(c) < 0 ? -1 : i;
      c->line = 0;
    } else if (one != '\r') c->line = 1;
  }
  return i;
}

static int receive(struct conn *c) {
  while (c->state != ANSWER) {
    char *end = c->state == HEAD && c->length ? strstr(c->in, "\r\n\r\n") : 0;
    if (end) {
      if (begin(c, end + 4) < 0) return -1;
      continue;
    }
    if (c->state != HEAD && c->length) {
      int used = eat(c, c->in, c->length);
      if (used < 0) return -1;
      c->length -= used;
      memmove(c->in, c->in + used, c->length + 1);
      continue;
    }
    int whole = c->state == BODY || (c->state == CHUNK_DATA && c->left > sizeof c->in);
    char *to = whole ? scratch : c->in + c->length;
    size_t room = whole ? (c->left > 1 << 22 ? 1 << 22 : c->left) : sizeof c->in - 1 - c->length;
    ssize_t got = room ? recv(c->fd, whole ? 0 : to, room, whole ? MSG_TRUNC : 0) : 0;
    if (got <= 0) return got < 0 && errno == EAGAIN ? 0 : -1;
    if (!whole) c->in[c->length += got] = 0;
    else if (!(c->left -= got)) {
      if (c->state == CHUNK_DATA) c->state = CHUNK_END;
      else if (answer(c) < 0) return -1;
    }
  }
  return 0;
}

static void accept_all(int listener) {
  int fd, on = 1;
  while ((fd = accept4(listener, 0, 0, SOCK_NONBLOCK)) >= 0) {
    struct conn *c = calloc(1, sizeof *c);
    if (!c) exit(1);
    setsockopt(c->fd = fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &(struct epoll_event){.events = EPOLLIN, .data.ptr = c});
  }
}

int main(void) {
  static int listener, input;  // marks: their addresses tell them from connections
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  struct epoll_event events[256];
  signal(SIGPIPE, SIG_IGN);
  listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (bind(listener, (void *)&address, size) || listen(listener, 512)) return perror("null-server"), 1;
  getsockname(listener, (void *)&address, &size);
  epoll = epoll_create1(0);
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &(struct epoll_event){.events = EPOLLIN, .data.ptr = &listener});
  epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &(struct epoll_event){.events = EPOLLIN, .data.ptr = &input});
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  for (;;) {
    int count = epoll_wait(epoll, events, 256, -1);
    for (int i = 0; i < count; i++) {
      struct conn *c = events[i].data.ptr;
      if ((void *)c == &input) return 0;
      if ((void *)c == &listener) { accept_all(listener); continue; }
      int gone = events[i].events & (EPOLLERR | EPOLLHUP);
      if (!gone && events[i].events & EPOLLOUT) gone = send_out(c);
      if (!gone && c->state != ANSWER) gone = receive(c);
      if (gone) close(c->fd), free(c);
    }
  }
}
