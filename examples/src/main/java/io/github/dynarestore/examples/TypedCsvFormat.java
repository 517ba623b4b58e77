package io.github.dynarestore.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.dynarestore.json.LineReader;
import io.github.dynarestore.spi.BackupFormat;
import io.github.dynarestore.spi.BackupSample;
import io.github.dynarestore.spi.ReaderContext;
import io.github.dynarestore.spi.Recognition;
import io.github.dynarestore.spi.RecordReader;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Rows with columns that have names and types: CSV of which the first line says {@code id:S,price:N}. */
public final class TypedCsvFormat implements BackupFormat {

    private static final Pattern HEADER = Pattern.compile("\\w+:[SN](,\\w+:[SN])*");

    @Override
    public String id() {
        return "typed-csv";
    }

    @Override
    public Recognition recognise(BackupSample sample) {
        String header = new String(sample.bytes(), UTF_8).lines().findFirst().orElse("");
        return HEADER.matcher(header).matches() ? Recognition.CERTAIN : Recognition.NO;
    }

    // [rows]
    @Override
    public RecordReader open(InputStream decompressed, ReaderContext context) throws IOException {
        LineReader lines = new LineReader(decompressed, context.maxRecordBytes());
        String[] columns = lines.next() ? text(lines).split(",") : new String[0];
        return record -> {
            if (!lines.next()) {
                return false;
            }
            String[] values = text(lines).split(",", -1);
            if (values.length != columns.length) {
                throw lines.malformed("csv.columns", values.length + " values for " + columns.length + " columns");
            }
            Map<String, AttributeValue> item = new LinkedHashMap<>();
            for (int i = 0; i < values.length; i++) {
                String[] nameAndType = columns[i].split(":");
                item.put(
                        nameAndType[0],
                        nameAndType[1].equals("N") ? AttributeValue.fromN(values[i]) : AttributeValue.fromS(values[i]));
            }
            record.position(lines.byteOffset(), lines.bytes(), lines.from(), lines.length());
            record.newImage(item);
            return true;
        };
    }
    // [/rows]

    private static String text(LineReader lines) {
        return new String(lines.bytes(), lines.from(), lines.length(), UTF_8);
    }
}
