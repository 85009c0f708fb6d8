#include "runtime/core/List.h"
#include "runtime/core/Map.h"
#include "runtime/io/Archive.h"
#include "runtime/optim/Tree.h"
#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <sys/stat.h>
#include <unistd.h>

namespace nnrt {

using Json = nlohmann::json;
static constexpr int64_t maxHeader = 100'000'000; // as the reference implementation

[[noreturn]] static void failDamaged(nnrt_context *ctx, const nnrt_archive &archive,
                                     const std::string &why) {
  fail(ctx, "`", archive.path, "` is not a whole safetensors file: ", why);
}

static void readAt(nnrt_context *ctx, const nnrt_archive &archive, int64_t at, void *out,
                   int64_t size) {
  auto *data = static_cast<char *>(out);
  while (size > 0) {
    ssize_t count = pread(archive.fd, data, size_t(std::min<int64_t>(size, 1 << 30)), at);
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      fail(ctx, "cannot read `", archive.path, "`: ", errnoText(errno));
    if (count == 0)
      failDamaged(ctx, archive, "it ends too early");
    data += count;
    at += count;
    size -= count;
  }
}

// Parses the header; refuses keys that stand twice and anything nested deeper than the format
// knows.
static Json parseHeader(nnrt_context *ctx, const nnrt_archive &archive, const std::string &text) {
  std::set<std::string> names;
  auto check = [&](int depth, Json::parse_event_t event, Json &parsed) {
    if (depth > 4)
      failDamaged(ctx, archive, "its header is nested too deeply");
    if (event == Json::parse_event_t::key && depth == 1 &&
        !names.insert(parsed.get<std::string>()).second)
      failDamaged(ctx, archive, cat("`", parsed.get<std::string>(), "` stands in it twice"));
    return true;
  };
  try {
    Json header = Json::parse(text, check);
    if (!header.is_object())
      failDamaged(ctx, archive, "its header is not a JSON object");
    return header;
  } catch (const Json::exception &) {
    failDamaged(ctx, archive, "its header is not JSON");
  }
}

static int64_t sizeField(nnrt_context *ctx, const nnrt_archive &archive, const std::string &name,
                         const Json &value) {
  if (!value.is_number_unsigned() || value.get<uint64_t>() > uint64_t(INT64_MAX))
    failDamaged(ctx, archive, cat("a size or offset of `", name, "` is not a whole number >= 0"));
  return value.get<int64_t>();
}

static ArchiveEntry parseEntry(nnrt_context *ctx, const nnrt_archive &archive,
                               const std::string &name, const Json &fields, int64_t dataSize) {
  auto bad = [&](const char *why) { failDamaged(ctx, archive, cat("`", name, "` ", why)); };
  if (!fields.is_object() || !fields.contains("dtype") || !fields["dtype"].is_string() ||
      !fields.contains("shape") || !fields["shape"].is_array() ||
      !fields.contains("data_offsets") || !fields["data_offsets"].is_array() ||
      fields["data_offsets"].size() != 2)
    bad("lacks its dtype, shape or data_offsets");
  ArchiveEntry entry{name, archiveDType(fields["dtype"].get<std::string>()), {}, 0, 0};
  for (const Json &size : fields["shape"])
    entry.shape.push_back(sizeField(ctx, archive, name, size));
  entry.offset = sizeField(ctx, archive, name, fields["data_offsets"][0]);
  int64_t end = sizeField(ctx, archive, name, fields["data_offsets"][1]);
  entry.bytes = end - entry.offset;
  if (entry.bytes < 0 || end > dataSize)
    bad("lies outside of the file");
  if (entry.dtype < 0)
    return entry; // a dtype of others: an error only when it is asked for
  int64_t bytes = dtypeSize(entry.dtype);
  bool tooLarge = entry.shape.size() > NNRT_MAX_RANK;
  for (int64_t size : entry.shape)
    tooLarge |= __builtin_mul_overflow(bytes, size, &bytes);
  if (tooLarge || bytes != entry.bytes)
    bad("has data of another size than its shape says");
  return entry;
}

// The entries must fill the data part: no overlap, no gap.
static void checkLayout(nnrt_context *ctx, const nnrt_archive &archive, int64_t dataSize) {
  std::vector<const ArchiveEntry *> order;
  for (const ArchiveEntry &entry : archive.entries)
    order.push_back(&entry);
  std::sort(order.begin(), order.end(), [](auto *a, auto *b) {
    return std::make_pair(a->offset, a->bytes) < std::make_pair(b->offset, b->bytes);
  });
  int64_t at = 0;
  for (const ArchiveEntry *entry : order) {
    if (entry->offset < at)
      failDamaged(ctx, archive, cat("`", entry->name, "` overlaps another entry"));
    if (entry->offset > at)
      failDamaged(ctx, archive, cat("there is a gap before `", entry->name, "`"));
    at += entry->bytes;
  }
  if (at != dataSize)
    failDamaged(ctx, archive, cat(dataSize - at, " bytes at its end belong to nothing"));
}

static void openFile(nnrt_context *ctx, nnrt_archive &archive) {
  archive.fd = open(archive.path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat info{};
  if (archive.fd < 0 || fstat(archive.fd, &info) != 0)
    fail(ctx, "cannot read `", archive.path, "`: ", errnoText(errno));
  if (!S_ISREG(info.st_mode))
    fail(ctx, "cannot read `", archive.path, "`: not a regular file");
  uint64_t length = 0;
  if (info.st_size < 8)
    failDamaged(ctx, archive, cat("it has only ", int64_t(info.st_size), " bytes"));
  readAt(ctx, archive, 0, &length, 8);
  if (length > uint64_t(info.st_size - 8) || length > uint64_t(maxHeader))
    failDamaged(ctx, archive, cat("its header would have ", length, " bytes"));
  std::string text(length, 0);
  readAt(ctx, archive, 8, text.data(), int64_t(length));
  Json header = parseHeader(ctx, archive, text);
  archive.dataStart = 8 + int64_t(length);
  int64_t dataSize = info.st_size - archive.dataStart;
  for (const auto &[name, fields] : header.items()) {
    if (name != "__metadata__") {
      archive.byName[name] = archive.entries.size();
      archive.entries.push_back(parseEntry(ctx, archive, name, fields, dataSize));
      continue;
    }
    if (!fields.is_object())
      failDamaged(ctx, archive, "its metadata is not a JSON object");
    for (const auto &[key, value] : fields.items()) {
      if (!value.is_string())
        failDamaged(ctx, archive, cat("the metadata `", key, "` is not a string"));
      archive.metadata[key] = value.get<std::string>();
    }
  }
  checkLayout(ctx, archive, dataSize);
  auto format = archive.metadata.find("format"), version = archive.metadata.find("version");
  if (format != archive.metadata.end() && format->second == "nnc" &&
      (version == archive.metadata.end() || version->second != "1"))
    fail(ctx, "`", archive.path,
         "` was written by another version of nnc: this one reads version 1");
}

// ---- getting

// What the file has at a path, for messages; "" for nothing.
static std::string found(const nnrt_archive &archive, const std::string &path) {
  const ArchiveEntry *entry = archive.find(path);
  if (entry)
    return entry->dtype < 0 ? "of a dtype that nnc does not have" : entry->typeText();
  auto text = [&](const std::string &name) {
    return archive.metadata.count(cat(stringPrefix, name)) != 0;
  };
  return text(path)                                           ? "str"
         : text(path.empty() ? "variant" : path + ".variant") ? "an enum"
         : archive.find(path.empty() ? "len" : path + ".len") ? "a list, map or optional"
                                                              : "";
}

[[noreturn]] static void failOtherType(nnrt_context *ctx, const nnrt_archive &archive,
                                       const std::string &path, const std::string &type,
                                       const std::string &name) {
  fail(ctx, "`", path, "` is ", type, ", but ", path == name ? "" : cat("`", name, "` "), "in `",
       archive.path, "` it is ", found(archive, name));
}

// The entry for `path`, which the file may call otherwise; an error names the wanted type.
static const ArchiveEntry &entryNamed(nnrt_context *ctx, const nnrt_archive &archive,
                                      const std::string &name, const std::string &path,
                                      const std::string &type) {
  if (const ArchiveEntry *entry = archive.find(name))
    return *entry;
  if (!found(archive, name).empty())
    failOtherType(ctx, archive, path, type, name);
  std::vector<std::string> names;
  for (const ArchiveEntry &entry : archive.entries)
    names.push_back(entry.name);
  std::string near = didYouMean(name, names);
  throw Error(ctx, cat("`", archive.path, "` has no `", name, "`"),
              near.empty() ? "" : cat("it has `", near, "`"));
}

// Copies an entry to out, widened when out is f64 and the entry f32.
static void readEntry(nnrt_context *ctx, const nnrt_archive &archive, const ArchiveEntry &entry,
                      int32_t dtype, char *out) {
  if (entry.dtype == dtype)
    return readAt(ctx, archive, archive.dataStart + entry.offset, out, entry.bytes);
  std::vector<float> narrow(size_t(entry.bytes / 4));
  readAt(ctx, archive, archive.dataStart + entry.offset, narrow.data(), entry.bytes);
  std::copy(narrow.begin(), narrow.end(), reinterpret_cast<double *>(out));
}

static const ArchiveEntry &typedEntry(nnrt_context *ctx, const nnrt_archive &archive,
                                      const std::string &name, const std::string &path,
                                      int32_t dtype, const std::vector<int64_t> &shape) {
  std::string type = typeText(dtype, int32_t(shape.size()), shape.data());
  const ArchiveEntry &entry = entryNamed(ctx, archive, name, path, type);
  bool widened = dtype == NNRT_F64 && entry.dtype == NNRT_F32;
  if (entry.shape != shape || (entry.dtype != dtype && !widened))
    failOtherType(ctx, archive, path, type, name);
  return entry;
}

} // namespace nnrt

using namespace nnrt;

nnrt_archive *nnrt_archive_open(nnrt_context *ctx, nnrt_str *path) {
  Ref<nnrt_archive> archive(new nnrt_archive(ctx));
  archive->path = path->text;
  openFile(ctx, *archive);
  return archive.take();
}

int32_t nnrt_archive_has(nnrt_archive *archive, const char *name) {
  return archive->find(archive->at(name)) ||
         archive->metadata.count(cat(stringPrefix, archive->at(name)));
}

nnrt_tensor *nnrt_archive_get(nnrt_context *ctx, nnrt_archive *archive, const char *name,
                              int32_t dtype, int32_t rank, const int64_t *shape,
                              const int64_t *dims) {
  std::string path = archive->at(name);
  const ArchiveEntry *there = archive->find(path);
  std::vector<int64_t> given(shape, shape + rank);
  for (size_t i = 0; i < given.size(); ++i)
    if (given[i] == NNRT_ANY_SIZE)
      given[i] = there && i < there->shape.size() ? there->shape[i] : 0;
  std::vector<int64_t> wanted = leafShape(ctx, {name, dtype, rank, given.data()}, dims);
  const ArchiveEntry &entry = typedEntry(ctx, *archive, path, path, dtype, wanted);
  auto tensor = newTensor(ctx, dtype, rank, wanted.data());
  readEntry(ctx, *archive, entry, dtype, tensor->data);
  return tensor.take();
}

nnrt_tensor *nnrt_archive_get_any(nnrt_context *ctx, nnrt_archive *archive, const char *name) {
  std::string path = archive->at(name);
  const ArchiveEntry &entry = entryNamed(ctx, *archive, path, path, "a tensor");
  if (entry.dtype < 0)
    fail(ctx, "`", path, "` in `", archive->path, "` is of a dtype that nnc does not have");
  auto tensor = newTensor(ctx, entry.dtype, int32_t(entry.shape.size()), entry.shape.data());
  readEntry(ctx, *archive, entry, entry.dtype, tensor->data);
  return tensor.take();
}

int64_t nnrt_archive_get_i64(nnrt_context *ctx, nnrt_archive *archive, const char *name) {
  Ref<nnrt_tensor> scalar(nnrt_archive_get(ctx, archive, name, NNRT_I64, 0, nullptr, nullptr));
  return nnrt_tensor_item_i64(ctx, scalar.get());
}

double nnrt_archive_get_f64(nnrt_context *ctx, nnrt_archive *archive, const char *name) {
  Ref<nnrt_tensor> scalar(nnrt_archive_get(ctx, archive, name, NNRT_F64, 0, nullptr, nullptr));
  return nnrt_tensor_item_f64(ctx, scalar.get());
}

nnrt_str *nnrt_archive_get_str(nnrt_context *ctx, nnrt_archive *archive, const char *name) {
  std::string path = archive->at(name);
  auto text = archive->metadata.find(cat(stringPrefix, path));
  if (text != archive->metadata.end())
    return newStr(ctx, text->second);
  if (!found(*archive, path).empty())
    failOtherType(ctx, *archive, path, "str", path);
  fail(ctx, "`", archive->path, "` has no text `", path, "`");
}

int64_t nnrt_archive_get_len(nnrt_context *ctx, nnrt_archive *archive, const char *type) {
  std::string path = archive->at("");
  if (!archive->find(archive->at("len"))) {
    if (!found(*archive, path).empty())
      failOtherType(ctx, *archive, path, type, path);
    entryNamed(ctx, *archive, path, path, type); // is not there
  }
  int64_t length = nnrt_archive_get_i64(ctx, archive, "len");
  if (length < 0)
    failDamaged(ctx, *archive, cat("the length of `", path, "` is negative"));
  return length;
}

int64_t nnrt_archive_get_variant(nnrt_context *ctx, nnrt_archive *archive, const char *type,
                                 const char *variants) {
  std::string path = archive->at("");
  auto text = archive->metadata.find(cat(stringPrefix, archive->at("variant")));
  if (text == archive->metadata.end() && !found(*archive, path).empty())
    failOtherType(ctx, *archive, path, type, path);
  if (text == archive->metadata.end())
    fail(ctx, "`", archive->path, "` has no `", path, "`");
  std::istringstream names(variants);
  std::string name;
  for (int64_t i = 0; names >> name; ++i)
    if (name == text->second)
      return i;
  fail(ctx, "`", path, "` is ", type, ", which has no variant `", text->second, "` as in `",
       archive->path, "`");
}

// What a field path is called in the file.
static std::string nameInFile(nnrt_context *ctx, nnrt_map *names, const std::string &path) {
  if (!names)
    return path;
  Ref<nnrt_str> key(newStr(ctx, path));
  int64_t found = names->find(*key);
  return found < 0 ? path
                   : static_cast<nnrt_str *>(names->entries[size_t(found)].value.handle)->text;
}

nnrt_tensor *nnrt_archive_get_tree(nnrt_context *ctx, nnrt_archive *archive, const char *prefix,
                                   const nnrt_tree *tree, const int64_t *dims, nnrt_map *names) {
  Ref<nnrt_tensor> flat(nnrt_tree_zeros(ctx, tree, dims));
  for (const TreeEntry &leaf : treeEntries(ctx, *tree, dims, archive->at(prefix))) {
    const ArchiveEntry &entry = typedEntry(ctx, *archive, nameInFile(ctx, names, leaf.name),
                                           leaf.name, leaf.dtype, leaf.shape);
    readEntry(ctx, *archive, entry, leaf.dtype, flat->data + leaf.offset);
  }
  return flat.take();
}

nnrt_list *nnrt_archive_names(nnrt_context *ctx, nnrt_archive *archive) {
  ListBuilder names(ctx, NNRT_ELEM_HANDLE);
  for (const ArchiveEntry &entry : archive->entries)
    names.addText(entry.name);
  return names.take();
}
