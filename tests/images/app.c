/* The app of the test images: one static program, one word says how it behaves. */
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/stat.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST (64 << 20)

static char path[4096];

static char *in(const char *folder, const char *name) {
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static char *variable(const char *name) {
    char *value = getenv(name);
    if (!value) { printf("no %s\n", name); exit(9); }
    return value;
}

static size_t read_all(const char *file, char *content) {
    FILE *from = fopen(file, "rb");
    if (!from) { printf("%s: %s\n", file, strerror(errno)); exit(8); }
    size_t length = fread(content, 1, MOST, from);
    fclose(from);
    content[length] = 0;
    return length;
}

static void write_all(const char *file, const char *content, size_t length) {
    FILE *to = fopen(file, "wb");
    if (!to || fwrite(content, 1, length, to) != length || fclose(to)) {
        printf("%s: %s\n", file, strerror(errno));
        exit(7);
    }
}

static void say(const char *file, const char *content) { write_all(file, content, strlen(content)); }

static void value_of(const char *text, const char *key, char *value) {
    char *found = strstr(text, key);
    if (!found) { printf("no %s\n", key); exit(6); }
    sscanf(found + strlen(key), "\": \"%79[^\"]", value);
}

/* Answers for the app and the study of study.json: one finding, present; more are further keys of the answer. */
static int answer(const char *out, const char *more) {
    static char text[MOST + 1], result[4096];
    char app[80], version[80], study[80], image[80];
    read_all(in(variable("COLLEGA_IN"), "study.json"), text);
    value_of(text, "\"id", app);
    value_of(text, "\"version", version);
    value_of(text, "\"study_instance_uid", study);
    value_of(text, "\"sop_instance_uid", image);
    snprintf(result, sizeof result,
             "{\"schema\": \"collega/result/1\", \"app\": {\"id\": \"%s\", \"version\": \"%s\"},"
             " \"study_instance_uid\": \"%s\", \"status\": \"analysed\", \"findings\": [{\"id\": \"pneumonia\","
             " \"code\": {\"scheme\": \"SCT\", \"value\": \"233604007\", \"meaning\": \"Pneumonia\"},"
             " \"evaluation\": \"present\", \"score\": {\"value\": 0.9, \"scale\": [0.0, 1.0],"
             " \"direction\": \"higher-is-present\", \"calibrated\": false}, \"threshold\": 0.5,"
             " \"images\": [\"%s\"]}]%s}", app, version, study, image, more);
    say(in(out, "result.json"), result);
    puts("answered");
    return 0;
}

static int ends_with(const char *name, const char *end) {
    size_t length = strlen(name), tail = strlen(end);
    return length >= tail && !strcmp(name + length - tail, end);
}

/* Lists the files of a folder and below, with the first bytes of each that says that it is DICOM; keeps study.json. */
static void look(const char *top, const char *below, const char *out) {
    static char content[MOST + 1];
    char folder[2000], name[2000];
    snprintf(folder, sizeof folder, "%s/%s", top, below);
    DIR *opened = opendir(folder);
    struct dirent *entry;
    if (!opened) { printf("%s: %s\n", folder, strerror(errno)); exit(5); }
    while ((entry = readdir(opened))) {
        if (entry->d_name[0] == '.') continue;
        snprintf(name, sizeof name, "%s%s%s", below, *below ? "/" : "", entry->d_name);
        DIR *inner = opendir(in(top, name));
        if (inner) { closedir(inner); look(top, name, out); continue; }
        size_t length = read_all(in(top, name), content);
        printf("found %s %.4s\n", name, ends_with(name, ".dcm") && length > 132 ? content + 128 : "-");
        if (!strcmp(name, "study.json")) write_all(in(out, "study.txt"), content, length);
    }
    closedir(opened);
}

/* Looks at all that it was given, and answers with a picture: the folder of an answer without one is not kept. */
static int show(const char *out) {
    look(variable("COLLEGA_IN"), "", out);
    say(in(out, "told.png"), "\x89PNG");
    return answer(out, ", \"files\": [{\"kind\": \"png\", \"file\": \"told.png\", \"title\": \"told\"}]");
}

/* Looks at all that it was given, and answers in JSON of its own. */
static int tell(const char *from, const char *to, const char *json) {
    look(from, "", to);
    say(in(to, json), "{\"probability\": 0.75}");
    return 0;
}

/* Copies every DICOM file as an answer, with a JSON file and a picture; lists what it was given. */
static int copy(const char *from, const char *to, const char *json) {
    static char content[MOST + 1];
    DIR *folder = opendir(from);
    struct dirent *entry;
    if (!folder) { printf("%s: %s\n", from, strerror(errno)); return 5; }
    mkdir(in(to, "deep"), 0700);
    while ((entry = readdir(folder))) {
        printf("given %s\n", entry->d_name);
        if (!ends_with(entry->d_name, ".dcm")) continue;
        size_t length = read_all(in(from, entry->d_name), content);
        char target[4000];
        snprintf(target, sizeof target, "%s/deep/%s", to, entry->d_name);
        write_all(target, content, length);
    }
    say(in(to, json), "{\"probability\": 0.75}");
    say(in(to, "picture.png"), "\x89PNG");
    return 0;
}

/* Answers with what was put into the image for it, once it has seen an image of the study. */
static int give(const char *from, const char *given, const char *out) {
    static char content[MOST + 1];
    struct dirent *entry;
    DIR *folder = opendir(given);
    int images = 0;
    if (!folder) { printf("%s: %s\n", given, strerror(errno)); return 5; }
    while ((entry = readdir(folder))) images += ends_with(entry->d_name, ".dcm");
    if (!images) { puts("no image"); return 5; }
    if (!(folder = opendir(from))) { printf("%s: %s\n", from, strerror(errno)); return 5; }
    while ((entry = readdir(folder))) {
        if (entry->d_name[0] == '.') continue;
        size_t length = read_all(in(from, entry->d_name), content);
        write_all(in(out, entry->d_name), content, length);
    }
    return 0;
}

/* A mercure module of its own words: a score for the image that its .tags file names. */
static int mark(const char *from, const char *out) {
    static char text[MOST + 1], result[1024];
    char study[80], image[80];
    struct dirent *entry;
    DIR *folder = opendir(from);
    if (!folder) { printf("%s: %s\n", from, strerror(errno)); return 5; }
    while ((entry = readdir(folder)) && !ends_with(entry->d_name, ".tags"));
    if (!entry) { puts("no tags"); return 5; }
    read_all(in(from, entry->d_name), text);
    value_of(text, "\"StudyInstanceUID", study);
    value_of(text, "\"SOPInstanceUID", image);
    snprintf(result, sizeof result, "{\"study\": \"%s\", \"state\": \"done\", \"marks\":"
             " [{\"type\": \"PNEU\", \"percent\": 62.5, \"image\": \"%s\", \"box\": [10, 20, 30, 40]}]}", study, image);
    say(in(out, "result.json"), result);
    return 0;
}

static int mercure(void) {
    static char text[MOST + 1];
    char side[80];
    char *from = variable("MERCURE_IN_DIR"), *to = variable("MERCURE_OUT_DIR");
    read_all(in(from, "task.json"), text);
    value_of(text, "\"side", side);
    printf("side %s\n", side);
    say(in(to, "task.json"), text);
    return copy(from, to, "result.json");
}

static int fill(const char *out, int large) {
    static char block[1 << 20];
    for (int number = 0;; number++) {
        char name[40];
        snprintf(name, sizeof name, large ? "large" : "%d", number);
        FILE *to = fopen(in(out, name), large ? "ab" : "wb");
        if (!to || (fwrite(block, 1, sizeof block, to), fclose(to))) { perror("fill"); return 4; }
    }
}

static int eat(void) {
    for (int number = 0; number < 4096; number++) {
        char *block = malloc(1 << 20);
        if (!block) return 3;
        memset(block, 1, 1 << 20);
    }
    return 0;
}

static int multiply(void) {
    for (int number = 0; number < 100000; number++) {
        int child = fork();
        if (child < 0) { printf("fork %d: %s\n", number, strerror(errno)); return 2; }
        if (!child) for (;;) pause();
    }
    return 0;
}

static int reach_out(void) {
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons(atoi(variable("PORT")))};
    inet_pton(AF_INET, variable("ADDRESS"), &there.sin_addr);
    int handle = socket(AF_INET, SOCK_STREAM, 0);
    if (handle < 0 || connect(handle, (struct sockaddr *)&there, sizeof there)) {
        printf("network: %s\n", strerror(errno));
        return 1;
    }
    puts("reached");
    return 0;
}

static void try(const char *what, int failed) { printf("%s: %s\n", what, failed ? strerror(errno) : "done"); }

/* Tries what only root may, and where it may write. */
static int rise(const char *out) {
    printf("uid %d gid %d\n", getuid(), getgid());
    try("setuid", setuid(0));
    try("chroot", chroot("/"));
    try("chown", chown(out, 0, 0));
    try("root", open("/new", O_CREAT | O_WRONLY, 0600) < 0);
    try("in", open(in(variable("COLLEGA_IN"), "new"), O_CREAT | O_WRONLY, 0600) < 0);
    try("study", open(in(variable("COLLEGA_IN"), "study.json"), O_WRONLY) < 0);
    try("device", mknod(in(out, "device"), S_IFBLK | 0600, 8 << 8));
    try("tmp", open("/tmp/new", O_CREAT | O_WRONLY, 0600) < 0);
    return 0;
}

static int point(const char *out) {
    symlink("/etc/shadow", in(out, "result.json"));
    symlink("/", in(out, "everything"));
    mkfifo(in(out, "pipe"), 0600);
    say(in(out, "plain.txt"), "of its own");
    return 0;
}

static void stay(void) {
    signal(SIGTERM, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    puts("staying");
    fflush(stdout);
    for (;;) sleep(1);
}

static int work(void) {
    volatile unsigned long sum = 0;
    volatile char *block = malloc(40 << 20);
    for (unsigned long number = 0; number < 40UL << 20; number += 4096) block[number] = 1;
    for (unsigned long number = 0; number < 600000000UL; number++) sum += number;
    return 0;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

/* For measurements: waits a moment, and writes down how many seconds its own part took. */
static int timed(const char *out) {
    static char text[MOST + 1];
    double began = now();
    read_all(in(variable("COLLEGA_IN"), "study.json"), text);
    usleep(50000);
    snprintf(text, 40, "%.6f", now() - began);
    say(in(out, "took"), text);
    return 0;
}

/* Makes folders and takes them away again for two seconds, as one does that puts its scratch beside its answer. */
static int churn(const char *out) {
    char deep[4096];
    double began = now();
    while (now() - began < 2) {
        snprintf(deep, sizeof deep, "%s/scratch/deep", out);
        mkdir(in(out, "scratch"), 0700);
        mkdir(deep, 0700);
        rmdir(deep);
        rmdir(in(out, "scratch"));
    }
    return answer(out, "");
}

static int talk(void) {
    for (int number = 0; number < 2000000; number++) puts("again and again");
    return 0;
}

int main(int count, char **words) {
    char *word = count > 1 ? words[1] : "answer", *out = getenv("COLLEGA_OUT");
    if (!strcmp(word, "answer")) return answer(out, "");
    if (!strcmp(word, "show")) return show(out);
    if (!strcmp(word, "tell")) return tell(variable("MONAI_INPUTPATH"), variable("MONAI_OUTPUTPATH"), "result.json");
    if (!strcmp(word, "nothing")) return 0;
    if (!strcmp(word, "break")) { puts("no model"); return 1; }
    if (!strcmp(word, "copy")) return copy(variable("MONAI_INPUTPATH"), variable("HOLOSCAN_OUTPUT_PATH"), "out.json");
    if (!strcmp(word, "give")) return give(words[2], variable("MONAI_INPUTPATH"), variable("MONAI_OUTPUTPATH"));
    if (!strcmp(word, "mark")) return mark(variable("MERCURE_IN_DIR"), variable("MERCURE_OUT_DIR"));
    if (!strcmp(word, "mercure")) return mercure();
    if (!strcmp(word, "fill")) return fill(out, 0);
    if (!strcmp(word, "swell")) return fill(out, 1);
    if (!strcmp(word, "eat")) return eat();
    if (!strcmp(word, "multiply")) return multiply();
    if (!strcmp(word, "reach")) return reach_out();
    if (!strcmp(word, "rise")) return rise(out);
    if (!strcmp(word, "point")) return point(out);
    if (!strcmp(word, "stay")) stay();
    if (!strcmp(word, "work")) return work();
    if (!strcmp(word, "timed")) return timed(out);
    if (!strcmp(word, "churn")) return churn(out);
    if (!strcmp(word, "talk")) return talk();
    return 99;
}
