#include "autograd/io/sha256.h"

namespace ito {
namespace {

// FIPS 180-4's examples.
TEST(Sha256, KnownAnswers) {
  EXPECT_EQ(sha256_hex(std::string_view("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex(std::string_view("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex(std::string(1000000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, TextsKeepTheirBorders) {
  EXPECT_NE(Sha256().text("ab").text("c").hex(), Sha256().text("a").text("bc").hex());
  EXPECT_NE(Sha256().number(0.0).hex(), Sha256().number(-0.0).hex());
  // 8 little-endian bytes.
  EXPECT_EQ(Sha256().integer(1).hex(), sha256_hex(std::string_view("\x01\0\0\0\0\0\0\0", 8)));
}

}  // namespace
}  // namespace ito
