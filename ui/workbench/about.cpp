#include "ui/workbench/about.h"

#include <QCoreApplication>
#include <QMessageBox>

#include "core/version.h"
#include "ui/language/tr.h"

namespace octet::ui {

void show_about(QWidget* parent) {
  auto* box = new QMessageBox(QMessageBox::NoIcon, tr("About Octet"), {}, QMessageBox::Close, parent);
  box->setAttribute(Qt::WA_DeleteOnClose);
  box->setTextFormat(Qt::RichText);
  box->setText(
      QStringLiteral("<h3>Octet %1</h3><p>%2</p>")
          .arg(QString::fromLatin1(version()),
               tr("Decide layer by layer which weights of the S3Gen speech model are int8, hear it, measure "
                  "it, export it.")));
  box->setInformativeText(
      QStringLiteral("<p>%1<br>%2<br>%3</p><p>%4</p>")
          .arg(QStringLiteral("LibTorch %1").arg(QString::fromStdString(torch_version())),
               QStringLiteral("CUDA %1").arg(QString::fromStdString(cuda_version())),
               QStringLiteral("Qt %1").arg(QLatin1String(qVersion())),
               tr("MIT licence. Demo voice, libraries and their licences: THIRD_PARTY.md.")));
  box->open();
}

}  // namespace octet::ui
