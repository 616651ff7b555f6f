#include <QCryptographicHash>
#include <QtTest>
#include <string>

#include "core/checkpoint/sha256.h"

class TestSha256 : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  /// Examples of FIPS 180-4 and NIST's CAVP.
  void gives_the_published_digests_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<QByteArray>("digest");
    QTest::newRow("empty") << QByteArray()
                           << QByteArray("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    QTest::newRow("abc") << QByteArray("abc")
                         << QByteArray("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    QTest::newRow("448 bits") << QByteArray("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")
                              << QByteArray(
                                     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    QTest::newRow("896 bits") << QByteArray(
                                     "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmno"
                                     "pjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu")
                              << QByteArray(
                                     "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
    QTest::newRow("a million a") << QByteArray(1'000'000, 'a')
                                 << QByteArray(
                                        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  }
  void gives_the_published_digests() {
    QFETCH(QByteArray, text);
    QFETCH(QByteArray, digest);
    // In one piece, and in pieces that fall across blocks in every way.
    for (const qsizetype piece :
         {text.size() + 1, qsizetype{1}, qsizetype{63}, qsizetype{64}, qsizetype{65}, qsizetype{1000}}) {
      octet::Sha256 hash;
      for (qsizetype at = 0; at < text.size(); at += piece) {
        const auto part = text.mid(at, piece);
        hash.update(std::as_bytes(std::span(part.constData(), static_cast<std::size_t>(part.size()))));
      }
      QCOMPARE(QByteArray::fromStdString(hash.hex()), digest);
    }
  }

  void every_length_around_a_block_agrees_with_qt() {
    for (int length = 50; length < 135; ++length) {
      const QByteArray text(length, 'x');
      octet::Sha256 hash;
      hash.update(std::as_bytes(std::span(text.constData(), static_cast<std::size_t>(length))));
      QCOMPARE(QByteArray::fromStdString(hash.hex()),
               QCryptographicHash::hash(text, QCryptographicHash::Sha256).toHex());
    }
  }
};

QTEST_GUILESS_MAIN(TestSha256)
#include "test_sha256.moc"
