#include "io/zip.h"

#include <zlib.h>

#include <algorithm>

#include "io/pt_files.h"

namespace lamella::io {
namespace {

std::string refused(const Bytes& content) {
  return error_of<FileError>([&] { ZipArchive(content, "a.zip"); });
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

/// Where the n-th record with that signature begins.
std::size_t record(const Bytes& content, std::initializer_list<int> signature, int n = 0) {
  const Bytes wanted = bytes(signature);
  auto at = content.begin() - 1;
  for (int i = 0; i <= n; ++i) at = std::search(at + 1, content.end(), wanted.begin(), wanted.end());
  return static_cast<std::size_t>(at - content.begin());
}
std::size_t central(const Bytes& content, int n = 0) { return record(content, {'P', 'K', 1, 2}, n); }

const Bytes kTwo = archive_of({{"a", bytes("hello")}, {"b", bytes("worlds")}});

/// An archive of one deflated entry that claims to unpack to `claimed` bytes.
Bytes deflated(const Bytes& content, std::uint32_t claimed) {
  Bytes packed(compressBound(content.size()) + 16);
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  Bytes result = archive_of({{"p", packed}});
  const std::size_t at = central(result);
  const auto crc = crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size()));
  result[at + 10] = std::byte{8};
  for (unsigned i = 0; i < 4; ++i) {
    result[at + 16 + i] = static_cast<std::byte>(crc >> 8 * i & 0xff);
    result[at + 24 + i] = static_cast<std::byte>(claimed >> 8 * i & 0xff);
  }
  return result;
}

TEST(Zip, FindsWhatItWroteAt64Bytes) {
  const ZipArchive zip(kTwo, "a.zip");
  ASSERT_EQ(zip.entries().size(), 2U);
  const ZipEntry* b = zip.find("m/b");
  ASSERT_NE(b, nullptr);
  EXPECT_EQ((b->content.data() - kTwo.data()) % 64, 0);
  Bytes content(6);
  zip.read(*b, content, true);
  EXPECT_EQ(content, bytes("worlds"));
  EXPECT_EQ(zip.find("m/c"), nullptr);
}

TEST(Zip, Unpacks) {
  const Bytes content(1000, std::byte{7});
  const Bytes file = deflated(content, 1000);
  const ZipArchive zip(file, "a.zip");
  Bytes read(1000);
  zip.read(zip.entries()[0], read, true);
  EXPECT_EQ(read, content);
}

TEST(Zip, RefusesAPackedEntryOfAnotherSize) {
  for (const std::uint32_t claimed : {999U, 1001U}) {
    const Bytes file = deflated(Bytes(1000, std::byte{7}), claimed);
    const ZipArchive zip(file, "a.zip");
    Bytes read(claimed);
    EXPECT_TRUE(has(error_of<FileError>([&] { zip.read(zip.entries()[0], read, false); }), "has not the size"));
  }
}

TEST(Zip, RefusesMoreThanDeflateCanPack) {
  EXPECT_TRUE(has(refused(deflated(Bytes(10), 100'000'000)), "claims 95.4 MiB out of"));
}

TEST(Zip, ComparesTheCrcIfAsked) {
  Bytes file = kTwo;
  file[static_cast<std::size_t>(ZipArchive(kTwo, "a").entries()[0].content.data() - kTwo.data())] ^= std::byte{1};
  const ZipArchive zip(file, "a.zip");
  Bytes read(5);
  EXPECT_TRUE(
      has(error_of<FileError>([&] { zip.read(zip.entries()[0], read, true); }), "'m/a' is damaged: its CRC-32"));
  EXPECT_NO_THROW(zip.read(zip.entries()[0], read, false));
}

TEST(Zip, RefusesAFileThatIsCutShortAnywhere) {
  for (std::size_t size = 4; size < kTwo.size(); ++size) {
    const Bytes part(kTwo.begin(), kTwo.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_TRUE(has(refused(part), "cut short at byte " + std::to_string(size))) << size;
  }
}

TEST(Zip, RefusesWhatIsNoArchive) {
  EXPECT_TRUE(has(refused(bytes("hello")), "not a zip archive: it begins with 68 65"));
}

TEST(Zip, RefusesEncryptedAndStrangelyPackedEntries) {
  Bytes file = kTwo;
  file[central(kTwo) + 8] |= std::byte{1};
  EXPECT_TRUE(has(refused(file), "'m/a' is encrypted"));
  file = kTwo;
  file[central(kTwo) + 10] = std::byte{14};
  EXPECT_TRUE(has(refused(file), "packed by method 14"));
}

TEST(Zip, RefusesOneEntryUnderTwoNames) {
  Bytes file = kTwo;  // the second entry of the directory points to the first one's data
  for (std::size_t i = 0; i < 4; ++i) file[central(kTwo, 1) + 42 + i] = std::byte{0};
  EXPECT_TRUE(has(refused(file), "has another name in its header at byte 0"));
  file[central(kTwo, 1) + 46 + 2] = std::byte{'a'};
  EXPECT_TRUE(has(refused(file), "'m/a' is there twice"));
}

TEST(Zip, RefusesOverlappingEntries) {
  // A second local header inside of the first entry's content.
  Bytes inner = archive_of({{"x", bytes("data")}});
  inner.resize(record(inner, {'P', 'K', 1, 2}));
  Bytes file = archive_of({{"a", inner}, {"x", bytes("data")}});
  const std::size_t local = record(file, {'P', 'K', 3, 4}, 1);
  file[central(file, 1) + 42] = static_cast<std::byte>(local & 0xff);
  file[central(file, 1) + 43] = static_cast<std::byte>(local >> 8);
  EXPECT_TRUE(has(refused(file), "the entries 'm/a' and 'm/x' overlap")) << refused(file);
}

TEST(Zip, SurvivesDamage) {
  for (const Bytes& valid : {kTwo, deflated(Bytes(300, std::byte{1}), 300)}) {
    expect_survives_damage(valid, [](const Bytes& file) {
      const ZipArchive zip(file, "a.zip");
      for (const ZipEntry& entry : zip.entries()) {
        if (entry.size > 1'000'000) continue;
        Bytes content(entry.size);
        zip.read(entry, content, false);
      }
    });
  }
}

}  // namespace
}  // namespace lamella::io
