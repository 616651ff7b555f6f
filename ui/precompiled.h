#pragma once

#include <QtWidgets/QtWidgets>

#include <memory>
#include <vector>
