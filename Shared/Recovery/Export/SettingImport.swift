// SPDX-License-Identifier: Apache-2.0
// Martlet: settings of an export against those that are here.

/// The settings' part of an import: they are shown, since only whoever starts the programs can set them.
public enum SettingImport {
    /// What differs.
    public static func run(_ settings: [ExportedSetting], here: [ExportedSetting]) -> SectionPlan {
        SectionPlan(settings: RowDifference(given: settings, here: here))
    }
}
