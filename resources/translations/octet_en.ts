<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en">
<context>
    <name>CalibrateDialog</name>
    <message numerus="yes">
        <source>the %n clips of this window</source>
        <translation>
            <numerusform>the %n clip of this window</numerusform>
            <numerusform>the %n clips of this window</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n clips</source>
        <translation>
            <numerusform>%n clip</numerusform>
            <numerusform>%n clips</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ClipsPanel</name>
    <message numerus="yes">
        <source>%1, mean of %n clips: %2</source>
        <translation>
            <numerusform>%1, %n clip: %2</numerusform>
            <numerusform>%1, mean of %n clips: %2</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>CostChart</name>
    <message numerus="yes">
        <source>%1 s of made-up speech after a prompt of %2 s, as octet bench: %n rounds of all plans in turn, after one to warm up. Medians; lines reach from the fastest to the slowest. %3</source>
        <translation>
            <numerusform>%1 s of made-up speech after a prompt of %2 s, as octet bench: %n round of all plans in turn, after one to warm up. Medians; lines reach from the fastest to the slowest. %3</numerusform>
            <numerusform>%1 s of made-up speech after a prompt of %2 s, as octet bench: %n rounds of all plans in turn, after one to warm up. Medians; lines reach from the fastest to the slowest. %3</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>FrontDialog</name>
    <message numerus="yes">
        <source>%1 is now: %2, %3, damage %4 %, %n layers. Undo takes it back.</source>
        <translation>
            <numerusform>%1 is now: %2, %3, damage %4 %, %n layer. Undo takes it back.</numerusform>
            <numerusform>%1 is now: %2, %3, damage %4 %, %n layers. Undo takes it back.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>LayerInspector</name>
    <message numerus="yes">
        <source>%n output channels have more than %1 times the usual range, most of all %2.</source>
        <translation>
            <numerusform>%n output channel has more than %1 times the usual range: %2.</numerusform>
            <numerusform>%n output channels have more than %1 times the usual range, most of all %2.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>LayerTreeModel</name>
    <message numerus="yes">
        <source>%1: %n layers, %2</source>
        <translation>
            <numerusform>%1: %n layer, %2</numerusform>
            <numerusform>%1: %n layers, %2</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message numerus="yes">
        <source>This session had %n runs.</source>
        <translation>
            <numerusform>This session had %n run.</numerusform>
            <numerusform>This session had %n runs.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>MeasuresPanel</name>
    <message numerus="yes">
        <source>Judging %n clips</source>
        <translation>
            <numerusform>Judging %n clip</numerusform>
            <numerusform>Judging %n clips</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ModelTreePanel</name>
    <message numerus="yes">
        <source>%n layers, %1 under this plan.</source>
        <translation>
            <numerusform>%n layer, %1 under this plan.</numerusform>
            <numerusform>%n layers, %1 under this plan.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>PairsChart</name>
    <message numerus="yes">
        <source>%n pairs: %1 in the median, from %2 to %3.</source>
        <translation>
            <numerusform>%n pair: %1 in the median, from %2 to %3.</numerusform>
            <numerusform>%n pairs: %1 in the median, from %2 to %3.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>PlanDiffDialog</name>
    <message numerus="yes">
        <source>%n layers come out differently. %1: %2, %3: %4.</source>
        <translation>
            <numerusform>%n layer comes out differently. %1: %2, %3: %4.</numerusform>
            <numerusform>%n layers come out differently. %1: %2, %3: %4.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n layers</source>
        <translation>
            <numerusform>%n layer</numerusform>
            <numerusform>%n layers</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>PlanEditor</name>
    <message numerus="yes">
        <source>%1 for %n layers</source>
        <translation>
            <numerusform>%1 for %n layer</numerusform>
            <numerusform>%1 for %n layers</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1&apos;s way for %n layers</source>
        <translation>
            <numerusform>%1&apos;s way for %n layer</numerusform>
            <numerusform>%1&apos;s way for %n layers</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>RisksDialog</name>
    <message numerus="yes">
        <source>all %n clips</source>
        <translation>
            <numerusform>all %n clip</numerusform>
            <numerusform>all %n clips</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>SetView</name>
    <message numerus="yes">
        <source>%1: %n clips, %2 s, %3</source>
        <translation>
            <numerusform>%1: %n clip, %2 s, %3</numerusform>
            <numerusform>%1: %n clips, %2 s, %3</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ValidateDialog</name>
    <message numerus="yes">
        <source>every layer in bf16, and the %n plans of this window</source>
        <translation>
            <numerusform>every layer in bf16, and the %n plan of this window</numerusform>
            <numerusform>every layer in bf16, and the %n plans of this window</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Workbench</name>
    <message numerus="yes">
        <source>%n files of the session are not there: %1</source>
        <translation>
            <numerusform>%n file of the session is not there: %1</numerusform>
            <numerusform>%n files of the session are not there: %1</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n clips</source>
        <translation>
            <numerusform>%n clip</numerusform>
            <numerusform>%n clips</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>octet::ui::Risks</name>
    <message numerus="yes">
        <source>%n steps</source>
        <translation>
            <numerusform>%n step</numerusform>
            <numerusform>%n steps</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Rounding alpha changes what one of %n channels gives by %1 at most, in bf16 by %2.</source>
        <translation>
            <numerusform>Rounding alpha changes what %n channel gives by %1 at most, in bf16 by %2.</numerusform>
            <numerusform>Rounding alpha changes what one of %n channels gives by %1 at most, in bf16 by %2.</numerusform>
        </translation>
    </message>
</context>
</TS>
