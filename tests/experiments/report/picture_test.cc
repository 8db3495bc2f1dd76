#include <png.h>

#include <filesystem>

#include "experiments/report/canvas.h"
#include "experiments/report/gallery.h"
#include "experiments/report/panels.h"
#include "experiments/report/png.h"

namespace ito::experiments::report {
namespace {

// libpng's reader, asked for as many channels as were written.
Image decoded(const std::string& bytes, int channels) {
  png_image header{};
  header.version = PNG_IMAGE_VERSION;
  EXPECT_TRUE(png_image_begin_read_from_memory(&header, bytes.data(), bytes.size())) << header.message;
  header.format = channels == 1 ? PNG_FORMAT_GRAY : channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_RGBA;
  Image image(static_cast<int>(header.width), static_cast<int>(header.height), channels, 0);
  EXPECT_TRUE(png_image_finish_read(&header, nullptr, image.pixels.data(), 0, nullptr)) << header.message;
  return image;
}

TEST(ReportPng, EveryFormatReadsBack) {
  for (const int channels : {1, 3, 4}) {
    Image image(13, 7, channels, 0);
    for (std::size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = static_cast<std::uint8_t>(i * 37 + 11);
    const Image back = decoded(encode_png(image), channels);
    EXPECT_EQ(back.width, 13);
    EXPECT_EQ(back.height, 7);
    EXPECT_EQ(back.pixels, image.pixels) << channels;
  }
  EXPECT_THROW(encode_png(Image()), InputError);
  EXPECT_THROW(Image(0, 5, 3, 0), InputError);
  EXPECT_THROW(Image(1 << 20, 1 << 20, 3, 0), InputError);
}

TEST(ReportPng, WritesWholeFiles) {
  const std::filesystem::path path = std::filesystem::temp_directory_path() / "ito-report-picture.png";
  write_png(path, Image(4, 4, 1, 9));
  EXPECT_EQ(std::filesystem::file_size(path), encode_png(Image(4, 4, 1, 9)).size());
  std::filesystem::remove(path);
}

TEST(ReportPng, Base64) {
  EXPECT_EQ(png_data_uri(""), "data:image/png;base64,");
  EXPECT_EQ(png_data_uri("f"), "data:image/png;base64,Zg==");
  EXPECT_EQ(png_data_uri("fo"), "data:image/png;base64,Zm8=");
  EXPECT_EQ(png_data_uri("foobar"), "data:image/png;base64,Zm9vYmFy");
}

TEST(ReportGallery, PlacesImagesAndClipsTheirValues) {
  const std::vector<float> values = {-1, 1, 0, 3, -5, std::numeric_limits<float>::quiet_NaN(), 1, 1, 1, 1, 1, 1};
  Image image = gallery(Tensor::from(values, {3, 2, 2, 1}), {.columns = 2, .scale = 1, .gap = 1});
  EXPECT_EQ(image.width, 7);  // 1 + (2 + 1) * 2
  EXPECT_EQ(image.height, 7);
  EXPECT_EQ(image.channels, 1);
  EXPECT_EQ(*image.at(1, 1), 0);
  EXPECT_EQ(*image.at(2, 1), 255);
  EXPECT_EQ(*image.at(1, 2), 128);
  EXPECT_EQ(*image.at(2, 2), 255);
  EXPECT_EQ(*image.at(4, 1), 0);  // -5
  EXPECT_EQ(*image.at(5, 1), 0);  // not a number
  EXPECT_EQ(*image.at(1, 4), 255);
  EXPECT_EQ(*image.at(0, 0), *image.at(4, 4)) << "a separator, and the empty place at the end";
}

TEST(ReportGallery, KeepsColoursAndBytes) {
  std::vector<double> values;
  for (int level = 0; level < 256; ++level)
    for (int c = 0; c < 3; ++c) values.push_back((c == 1 ? 255 - level : level) / 127.5 - 1);
  Image image = gallery(Tensor::from(values, {256, 1, 1, 3}), {.columns = 256, .scale = 2, .gap = 0});
  ASSERT_EQ(image.width, 512);
  for (int level = 0; level < 256; ++level) {
    EXPECT_EQ(image.at(2 * level + 1, 1)[0], level);
    EXPECT_EQ(image.at(2 * level, 0)[1], 255 - level);
  }
}

TEST(ReportGallery, RefusesWhatIsNoImage) {
  EXPECT_THROW(gallery(Tensor::zeros({4, 2}, DType::f32)), InputError);
  EXPECT_THROW(gallery(Tensor::zeros({4, 2, 2, 2}, DType::f32)), InputError);
  EXPECT_THROW(gallery(Tensor::zeros({0, 2, 2, 1}, DType::f32)), InputError);
  EXPECT_THROW(gallery(Tensor::zeros({2, 2, 2, 1}, DType::f32), {.scale = 1 << 30}), InputError);
}

TEST(ReportCanvas, ADotCoversItsArea) {
  Canvas canvas(40, 40);
  canvas.dot(20.3, 19.6, 7, {255, 0, 0, ""}, 1);
  const Image image = canvas.transparent();
  double covered = 0;
  for (std::size_t i = 3; i < image.pixels.size(); i += 4) covered += image.pixels[i] / 255.0;
  EXPECT_NEAR(covered, 3.14159265 * 49, 1.5);
}

TEST(ReportCanvas, LinesAndArrowsStayInsideAndTakeAnyNumber) {
  Canvas canvas(20, 20);
  const Rgb red = {255, 0, 0, ""};
  const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  for (const double value : {nan, inf, -inf, 1e300, -1e300}) {
    canvas.dot(value, 3, 2, red, 1);
    canvas.line(value, 0, 5, value, 2, red, 1);
    canvas.arrow(0, value, 5, 5, 2, red);
  }
  Canvas line(20, 20);
  line.line(2, 10, 18, 10, 2, red, 1);
  Image image = line.on({255, 255, 255, ""});
  EXPECT_EQ(image.at(10, 10)[1], 0);
  EXPECT_EQ(image.at(10, 3)[1], 255);
}

Panel spiral_panel() {
  Panel panel;
  panel.title = "ddim <20 steps>";
  for (int i = 0; i < 300; ++i) {
    panel.points.xy.push_back(0.01f * static_cast<float>(i % 100));
    panel.points.xy.push_back(0.02f * static_cast<float>(i / 3 % 50) - 0.5f);
    panel.points.labels.push_back(i % 3);
  }
  return panel;
}

TEST(ReportPanels, LimitsIgnoreARunawaySample) {
  Panel panel = spiral_panel();
  panel.points.xy[0] = 1e6f;
  panel.points.xy[3] = std::numeric_limits<float>::quiet_NaN();
  const Limits limits = common_limits({&panel, 1});
  EXPECT_LT(limits.x1, 2);
  EXPECT_GT(limits.x1, 0.99);
  EXPECT_LT(limits.y0, -0.49);
  EXPECT_DOUBLE_EQ(limits.x1 - limits.x0, limits.y1 - limits.y0);
}

TEST(ReportPanels, ThePageGetsTextAndTheFolderAPng) {
  Panel panel = spiral_panel();
  panel.keys = {"abcd"};
  const Picture picture = panel_picture(panel, common_limits({&panel, 1}));
  EXPECT_NE(picture.svg.find("ddim &lt;20 steps&gt;"), std::string::npos);
  EXPECT_NE(picture.svg.find("href=\"data:image/png;base64,"), std::string::npos);
  EXPECT_EQ(decoded(picture.file_png, 3).width, 640);
  EXPECT_EQ(picture.keys, panel.keys);
}

TEST(ReportPanels, FieldsShareOneLength) {
  ArrowField one, two;
  for (int y = 0; y < 10; ++y)
    for (int x = 0; x < 10; ++x) {
      one.at.insert(one.at.end(), {static_cast<float>(x), static_cast<float>(y)});
      one.direction.insert(one.direction.end(), {3, 4});
    }
  two = one;
  for (float& value : two.direction) value *= 10;
  EXPECT_DOUBLE_EQ(common_arrow_length({&one, 1}), 5);
  const std::vector<ArrowField> both = {one, two};
  EXPECT_DOUBLE_EQ(common_arrow_length(both), 50);
  Panel panel;
  panel.arrows = one;
  const Image image = panel_image(panel, common_limits({&panel, 1}), 320);
  std::size_t blue = 0;
  for (std::size_t i = 0; i < image.pixels.size(); i += 3) blue += image.pixels[i + 2] > image.pixels[i] + 40;
  EXPECT_GT(blue, 500u);
  panel.arrows.direction.pop_back();
  EXPECT_THROW(panel_image(panel, {}, 320), InputError);
}

}  // namespace
}  // namespace ito::experiments::report
