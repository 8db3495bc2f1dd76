// Runs every test and closes with one plain line: N passed, N failed, N skipped.
#include <cstdio>
#include <cstdlib>

namespace {

class ClosingLine : public testing::EmptyTestEventListener {
  void OnTestProgramEnd(const testing::UnitTest& unit) override {
    std::printf("%d passed, %d failed, %d skipped\n", unit.successful_test_count(), unit.failed_test_count(),
                unit.skipped_test_count());
  }
};

}  // namespace

int main(int argc, char** argv) {
  // Every pooled or scratch buffer starts as NaN, so that a read before a write shows.
  setenv("ITO_POISON", "1", 1);
  testing::InitGoogleTest(&argc, argv);
  testing::UnitTest::GetInstance()->listeners().Append(new ClosingLine);
  return RUN_ALL_TESTS();
}
