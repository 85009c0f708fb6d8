// Checkpoints: what is saved is loaded bit for bit, damaged and foreign files are refused, and a
// save that fails leaves the old file whole.
#include "runtime/core/List.h"
#include "runtime/core/Map.h"
#include "test/runtime/Check.h"
#include <cstdlib>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <random>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace nnrt;

static nnrt_context *ctx;
static nnrt_str *S(const std::string &text) { return newStr(ctx, text); }

// l1.w f32[2, H], l1.b f32[H], blocks.{}.w f32[3, 2, 2]; H = dims[0]
static const int64_t w[] = {2, -1}, b[] = {-1}, blocks[] = {3, 2, 2};
static const nnrt_leaf leaves[] = {
    {"l1.w", NNRT_F32, 2, w}, {"l1.b", NNRT_F32, 1, b}, {"blocks.{}.w", NNRT_F32, 3, blocks}};
static const nnrt_tree tree = {3, leaves};
static const int64_t dims[] = {5};

static nnrt_tensor *filledTree() {
  nnrt_tensor *flat = nnrt_tree_zeros(ctx, &tree, dims);
  auto *data = reinterpret_cast<float *>(flat->data);
  for (int i = 0; i < 10; ++i)
    data[i] = float(i) + 0.1f;
  for (int i = 0; i < 5; ++i)
    data[16 + i] = float(100 + i);
  for (int i = 0; i < 12; ++i)
    data[32 + i] = float(-i);
  return flat;
}

static void saveModel(const std::string &path, nnrt_tensor *flat) {
  Ref<nnrt_archive> archive(nnrt_archive_new(ctx));
  nnrt_archive_add_tree(ctx, archive.get(), "net", &tree, dims, flat);
  nnrt_archive_add_i64(ctx, archive.get(), "epoch", 7);
  nnrt_archive_add_f64(ctx, archive.get(), "best", 0.1);
  nnrt_archive_add_str(ctx, archive.get(), "note", S("zwölf"));
  nnrt_archive_add(ctx, archive.get(), "rng", nnrt_rng_new(ctx, 9));
  nnrt_archive_save(ctx, archive.get(), S(path));
}

static std::string contentOf(const std::string &path) {
  nnrt_tensor *bytes = nnrt_file_read_bytes(ctx, S(path));
  return std::string(bytes->data, size_t(bytes->bytes));
}
static void writeBytes(const std::string &path, const std::string &bytes) {
  FILE *file = fopen(path.c_str(), "wb");
  fwrite(bytes.data(), 1, bytes.size(), file);
  fclose(file);
}

static void roundTrip() {
  CHECK(nnrt_tree_numel(&tree, dims) == 16 + 16 + 16);
  nnrt_tensor *flat = filledTree();
  saveModel("a.tmp", flat);
  nnrt_archive *archive = nnrt_archive_open(ctx, S("a.tmp"));
  CHECK(nnrt_equal(ctx, nnrt_archive_get_tree(ctx, archive, "net", &tree, dims, nullptr), flat));
  CHECK(nnrt_archive_get_i64(ctx, archive, "epoch") == 7);
  CHECK(nnrt_archive_get_f64(ctx, archive, "best") == 0.1);
  CHECK_TEXT(nnrt_archive_get_str(ctx, archive, "note")->text, "zwölf");
  CHECK(nnrt_archive_has(archive, "rng") && nnrt_archive_has(archive, "note"));
  CHECK(!nnrt_archive_has(archive, "rngs"));
  // Stacked arrays are entries of their own.
  nnrt_tensor *block = nnrt_archive_get_any(ctx, archive, "net.blocks.2.w");
  CHECK_TEXT(block->typeText(), "f32[2, 2]");
  CHECK(nnrt_tensor_at_f64(ctx, block, 3) == -11);
  nnrt_list *names = nnrt_archive_names(ctx, archive);
  CHECK(nnrt_list_len(names) == 8);
  // Saving what was loaded gives the same bytes.
  saveModel("b.tmp", nnrt_archive_get_tree(ctx, archive, "net", &tree, dims, nullptr));
  CHECK(contentOf("a.tmp") == contentOf("b.tmp"));
  std::string text = contentOf("a.tmp");
  CHECK(text.find(R"("__metadata__":{"format":"nnc","version":"1")") != text.npos);
  uint64_t header;
  memcpy(&header, text.data(), 8);
  CHECK((8 + header) % 64 == 0);
}

static void names() {
  nnrt_archive *archive = nnrt_archive_open(ctx, S("a.tmp"));
  nnrt_map *map = nnrt_map_new(ctx, NNRT_ELEM_HANDLE, NNRT_ELEM_HANDLE);
  static const int64_t shape[] = {5};
  static const nnrt_leaf leaf[] = {{"bias", NNRT_F32, 1, shape}};
  nnrt_tree other = {1, leaf};
  CHECK_ERROR(nnrt_archive_get_tree(ctx, archive, "", &other, dims, map), "`a.tmp` has no `bias`");
  map = nnrt_map_set_str_handle(ctx, map, S("bias"), S("net.l1.b"));
  nnrt_tensor *flat = nnrt_archive_get_tree(ctx, archive, "", &other, dims, map);
  CHECK(nnrt_tensor_at_f64(ctx, flat, 4) == 104);
}

static void mismatches() {
  nnrt_archive *archive = nnrt_archive_open(ctx, S("a.tmp"));
  int64_t wide[] = {6};
  CHECK_ERROR(nnrt_archive_get_tree(ctx, archive, "net", &tree, wide, nullptr),
              "`net.l1.w` is f32[2, 6]", "`a.tmp` it is f32[2, 5]");
  CHECK_ERROR(nnrt_archive_get(ctx, archive, "net.l1.b", NNRT_F16, 1, b, dims), "f16[5]", "f32[5]");
  CHECK_ERROR(nnrt_archive_get(ctx, archive, "net.l1.c", NNRT_F32, 1, b, dims), "has no `net.l1.c`",
              "`net.l1.");
  CHECK_ERROR(nnrt_archive_get_i64(ctx, archive, "best"), "`best` is i64", "f64");
  CHECK_ERROR(nnrt_archive_get_str(ctx, archive, "epoch"),
              "`epoch` is str, but in `a.tmp` it is i64");
  nnrt_tensor *wider = nnrt_archive_get(ctx, archive, "net.l1.b", NNRT_F64, 1, b, dims);
  CHECK(wider->dtype == NNRT_F64 && nnrt_tensor_at_f64(ctx, wider, 1) == 101);
  nnrt_archive *twice = nnrt_archive_new(ctx);
  nnrt_archive_add_i64(ctx, twice, "x", 1);
  CHECK_ERROR(nnrt_archive_add_i64(ctx, twice, "x", 1), "two values", "`x`");
  int64_t larger[] = {17};
  CHECK_ERROR(nnrt_archive_add_tree(ctx, twice, "", &tree, larger, filledTree()), "f32[48]");
}

// ---- damaged files

static std::string opened(const std::string &json, const std::string &data = "",
                          int64_t length = -1) {
  uint64_t size = length < 0 ? json.size() : uint64_t(length);
  writeBytes("bad.tmp", std::string(reinterpret_cast<char *>(&size), 8) + json + data);
  return errorOf([] { nnrt_archive_open(ctx, S("bad.tmp")); });
}
static std::string entry(const std::string &name, const char *fields) {
  return "\"" + name + "\":{" + fields + "}";
}
#define CHECK_OPEN(json, data, part)                                                               \
  checkError(__FILE__, __LINE__, opened(json, data), {"`bad.tmp`", part})

static void damaged() {
  const char *whole = R"("dtype":"U8","shape":[2],"data_offsets":[0,2])";
  CHECK_TEXT(opened("{" + entry("a", whole) + "}", "xy"), "no error");
  CHECK_TEXT(opened("{}"), "no error");
  CHECK_OPEN("{" + entry("a", whole) + "}", "x", "outside of the file");
  CHECK_OPEN("{" + entry("a", whole) + "}", "xyz", "1 bytes at its end");
  CHECK_OPEN("{" + entry("a", whole) + "," + entry("a", whole) + "}", "xy",
             "`a` stands in it twice");
  CHECK_OPEN("{" + entry("a", whole) + "," + entry("b", whole) + "}", "xy", "overlaps");
  CHECK_OPEN("{" + entry("a", R"("dtype":"U8","shape":[1],"data_offsets":[1,2])") + "}", "xy",
             "gap");
  for (const char *fields :
       {R"("shape":[2],"data_offsets":[0,2])", R"("dtype":7,"shape":[2],"data_offsets":[0,2])",
        R"("dtype":"U8","shape":2,"data_offsets":[0,2])",
        R"("dtype":"U8","shape":[2],"data_offsets":[0])"})
    CHECK_OPEN("{" + entry("a", fields) + "}", "xy", "lacks its dtype, shape or data_offsets");
  for (const char *fields : {R"("dtype":"U8","shape":[-2],"data_offsets":[0,2])",
                             R"("dtype":"U8","shape":[2.0],"data_offsets":[0,2])",
                             R"("dtype":"U8","shape":[18446744073709551615],"data_offsets":[0,2])",
                             R"("dtype":"U8","shape":[2],"data_offsets":["0",2])"})
    CHECK_OPEN("{" + entry("a", fields) + "}", "xy", "not a whole number");
  for (const char *fields : {R"("dtype":"U8","shape":[3],"data_offsets":[0,2])",
                             R"("dtype":"F32","shape":[2],"data_offsets":[0,2])",
                             R"("dtype":"U8","shape":[4611686018427387904,4],"data_offsets":[0,2])",
                             R"("dtype":"U8","shape":[2,1,1,1,1,1,1,1,1],"data_offsets":[0,2])"})
    CHECK_OPEN("{" + entry("a", fields) + "}", "xy", "another size");
  CHECK_OPEN("{" + entry("a", R"("dtype":"U8","shape":[2],"data_offsets":[2,0])") + "}", "xy",
             "outside");
  CHECK_OPEN("[1]", "", "not a JSON object");
  CHECK_OPEN("{\"a\":", "", "not JSON");
  CHECK_OPEN("\xff\xfe", "", "not JSON");
  CHECK_OPEN("{\"a\":" + std::string(100000, '['), "", "nested too deeply");
  CHECK_OPEN(R"({"__metadata__":[]})", "", "metadata is not");
  CHECK_OPEN(R"({"__metadata__":{"x":1}})", "", "metadata `x`");
  CHECK_OPEN(R"({"__metadata__":{"format":"nnc","version":"9"}})", "", "another version");
  checkError(__FILE__, __LINE__, opened("{}", "", 1 << 20), {"header would have 1048576 bytes"});
  checkError(__FILE__, __LINE__, opened("{}", "", INT64_MAX), {"header would have"});
  writeBytes("bad.tmp", "short");
  CHECK_ERROR(nnrt_archive_open(ctx, S("bad.tmp")), "only 5 bytes");
  CHECK_ERROR(nnrt_archive_open(ctx, S("none.tmp")), "cannot read `none.tmp`: no such file");
  CHECK_ERROR(nnrt_archive_open(ctx, S(".")), "not a regular file");
  std::string good = contentOf("a.tmp");
  for (size_t size = 0; size < good.size(); size += 37) { // cut anywhere: an error, not a crash
    writeBytes("bad.tmp", good.substr(0, size));
    CHECK_ERROR(nnrt_archive_open(ctx, S("bad.tmp")), "`bad.tmp` is not a whole safetensors file");
  }
  CHECK_TEXT(
      opened("{" + entry("a", R"("dtype":"F8_E4M3","shape":[2],"data_offsets":[0,2])") + "}", "xy"),
      "no error"); // others' dtypes: an error only when asked for
  CHECK_ERROR(nnrt_archive_get_any(ctx, nnrt_archive_open(ctx, S("bad.tmp")), "a"),
              "dtype that nnc");
}

// Bytes changed at random, most of them in the header: loaded or refused, never a crash.
static void mutants() {
  std::string good = contentOf("a.tmp");
  std::mt19937 random(7);
  int refused = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string text = good;
    for (unsigned change = random() % 4 + 1; change > 0; --change) {
      size_t at = random() % (round % 2 ? text.size() : 600);
      if (random() % 2)
        text[at] = random() % 3 ? "0123456789,:[]{}\""[random() % 17] : char(random());
      else
        text.erase(at, random() % 3);
    }
    writeBytes("bad.tmp", text);
    std::string error = errorOf([] {
      Ref<nnrt_str> path(S("bad.tmp"));
      Ref<nnrt_archive> archive(nnrt_archive_open(ctx, path.get()));
      nnrt_release(nnrt_archive_get_tree(ctx, archive.get(), "net", &tree, dims, nullptr));
    });
    refused += error != "no error";
    CHECK(error == "no error" || error.find("`bad.tmp`") != error.npos);
  }
  CHECK(refused > 1000);
}

// ---- failing saves

static int filesHere() {
  int count = 0;
  DIR *folder = opendir(".");
  while (readdir(folder))
    ++count;
  closedir(folder);
  return count;
}

static void failingSaves() {
  nnrt_tensor *flat = filledTree();
  std::string before = contentOf("a.tmp");
  int files = filesHere();
  CHECK_ERROR(saveModel("/dev/full", flat), "cannot write `/dev/full`: no space left on device");
  CHECK_ERROR(saveModel("no/such/folder.tmp", flat),
              "cannot write `no/such/folder.tmp`: no such file");
  CHECK_ERROR(saveModel(".", flat), "cannot write `.`: is a directory");
  CHECK_ERROR(saveModel(std::string(300, 'n'), flat), "nnn`: file name too long");

  rlimit old{}, small{};
  getrlimit(RLIMIT_FSIZE, &old);
  small = old;
  small.rlim_cur = 300; // within the header
  setrlimit(RLIMIT_FSIZE, &small);
  CHECK_ERROR(saveModel("a.tmp", flat), "cannot write `a.tmp`: file too large");
  setrlimit(RLIMIT_FSIZE, &old);
  CHECK(contentOf("a.tmp") == before && filesHere() == files); // whole, and nothing left over

  if (geteuid() != 0) {
    chmod("a.tmp", 0444);
    CHECK_ERROR(saveModel("a.tmp", flat), "cannot write `a.tmp`: permission denied");
  }
  chmod("a.tmp", 0640);
  (void)!symlink("a.tmp", "link.tmp"); // a link stays a link, and the mode stays
  saveModel("link.tmp", flat);
  struct stat info{};
  CHECK(lstat("link.tmp", &info) == 0 && S_ISLNK(info.st_mode));
  CHECK(stat("a.tmp", &info) == 0 && (info.st_mode & 0777) == 0640);
  CHECK(contentOf("a.tmp") == before);
}

// Files that the reference implementation wrote.
static void foreign(const char *path) {
  nnrt_archive *archive = nnrt_archive_open(ctx, S(path));
  static const int64_t shape[] = {20, 16};
  static const nnrt_leaf leaf[] = {{"l1.w", NNRT_F32, 2, shape}};
  nnrt_tree layer = {1, leaf};
  CHECK(nnrt_archive_get_tree(ctx, archive, "", &layer, nullptr, nullptr)->numel == 320);
  nnrt_list *names = nnrt_archive_names(ctx, archive);
  CHECK(nnrt_list_len(names) == 4);
}

int main(int, char **argv) {
  char folder[] = "/tmp/nnrt-archive-XXXXXX";
  if (!mkdtemp(folder) || chdir(folder) != 0)
    return 1;
  ctx = nnrt_context_new();
  foreign(argv[1]);
  roundTrip();
  names();
  mismatches();
  damaged();
  mutants();
  failingSaves();
  nnrt_context_free(ctx);
  for (const char *name : {"a.tmp", "b.tmp", "bad.tmp", "link.tmp"})
    remove(name);
  CHECK(chdir("/") == 0 && rmdir(folder) == 0);
  return finish();
}
