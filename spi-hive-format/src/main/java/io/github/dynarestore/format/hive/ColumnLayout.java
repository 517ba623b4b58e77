package io.github.dynarestore.format.hive;

import io.github.dynarestore.spi.Recognition;

/** How columns lie in a line. */
enum ColumnLayout {
    /** Parted by the byte 0x01, Hive's own choice. */
    HIVE("hive-columns"),
    /** Parted by commas and nothing else, as Hive writes with {@code FIELDS TERMINATED BY ','}. */
    HIVE_CSV("hive-csv"),
    /** Parted by commas, with quotes, as Hive's {@code OpenCSVSerde} and most other programs write. */
    CSV("csv");

    private final String id;

    ColumnLayout(String id) {
        this.id = id;
    }

    String id() {
        return id;
    }

    Fields newFields() {
        return switch (this) {
            case HIVE -> new DelimitedFields('\u0001');
            case HIVE_CSV -> new DelimitedFields(',');
            case CSV -> new QuotedFields();
        };
    }

    /** Whether the first line may be the names of the columns; Hive writes none. */
    boolean mayHaveHeader() {
        return this == CSV;
    }

    /** What it says that a line has as many columns as are said, and more than one: commas stand in any text. */
    Recognition sureness() {
        return this == HIVE ? Recognition.CERTAIN : Recognition.POSSIBLE;
    }
}
