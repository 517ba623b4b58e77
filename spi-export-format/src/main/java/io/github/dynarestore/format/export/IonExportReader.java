package io.github.dynarestore.format.export;

import com.amazon.ion.IonException;
import com.amazon.ion.IonReader;
import com.amazon.ion.IonType;
import com.amazon.ion.system.IonReaderBuilder;
import io.github.dynarestore.json.InvalidItemException;
import io.github.dynarestore.json.LineReader;
import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.ChangeOrder;
import io.github.dynarestore.model.TimePrecision;
import io.github.dynarestore.spi.RecordReader;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * Reads the records of one object in Amazon Ion text, a line each: <code>$ion_1_0 {Item:{…}}</code>. What is damaged takes
 * its own line along and no other.
 */
final class IonExportReader implements RecordReader {

    /** What every line begins with. */
    static final String MARKER = "$ion_1_0";

    private static final Set<String> MEMBERS = Set.of("Item", "NewImage", "OldImage", "Keys", "Metadata");

    private final LineReader lines;
    private final IonLimits limits = new IonLimits();
    private final IonItems items = new IonItems();

    IonExportReader(InputStream in, int maxRecordBytes) {
        lines = new LineReader(in, maxRecordBytes);
    }

    @Override
    public boolean next(BackupRecord record) throws IOException {
        if (!lines.next()) {
            return false;
        }
        record.clear();
        if (!startsWithMarker()) {
            // Anything else, such as binary Ion or gzip, the library would guess.
            throw lines.malformed(IonLimits.SYNTAX, "a line that does not begin with " + MARKER);
        }
        if (!isUtf8()) {
            throw lines.malformed("ion.utf8", "a line that is not UTF-8");
        }
        try {
            limits.check(lines.bytes(), lines.from(), lines.from() + lines.length());
            read(record);
        } catch (InvalidItemException e) {
            throw lines.malformed(e.reason(), e.detail());
        } catch (IonException | IllegalStateException | IllegalArgumentException | IndexOutOfBoundsException e) {
            // What the library throws depends on the kind of damage; its messages quote what it read.
            throw lines.malformed(IonLimits.SYNTAX, "not Ion: " + e.getClass().getSimpleName());
        }
        record.position(lines.byteOffset(), lines.bytes(), lines.from(), lines.length());
        return true;
    }

    private void read(BackupRecord record) throws IOException, InvalidItemException {
        try (IonReader ion = IonReaderBuilder.standard().build(lines.bytes(), lines.from(), lines.length())) {
            read(ion, record);
        }
    }

    private boolean startsWithMarker() {
        int to = lines.from() + Math.min(lines.length(), MARKER.length());
        return new String(lines.bytes(), lines.from(), to - lines.from(), StandardCharsets.US_ASCII).equals(MARKER);
    }

    /** The library takes encodings that are longer than need be. */
    private boolean isUtf8() {
        try {
            var unused = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(lines.bytes(), lines.from(), lines.length()));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    private void read(IonReader ion, BackupRecord record) throws InvalidItemException {
        if (ion.next() != IonType.STRUCT || ion.isNullValue()) {
            throw invalid(ExportReader.UNKNOWN_SHAPE, "a line does not hold a struct");
        }
        Set<String> seen = new HashSet<>();
        boolean isDelete = true;
        ion.stepIn();
        while (ion.next() != null) {
            String name = ion.getFieldName();
            if (!MEMBERS.contains(name)) {
                // Something that DynamoDB adds some day.
                continue;
            }
            if (!seen.add(name)) {
                throw invalid(ExportReader.UNKNOWN_SHAPE, "one member stands twice in a record");
            }
            switch (name) {
                case "Item", "NewImage" -> {
                    record.newImage(items.read(ion));
                    isDelete = false;
                }
                case "OldImage" -> record.oldImage(items.read(ion));
                case "Keys" -> record.keys(items.read(ion));
                default -> metadata(ion, record);
            }
        }
        ion.stepOut();
        if (ion.next() != null) {
            throw invalid(ExportReader.UNKNOWN_SHAPE, "a line holds more than one value");
        }
        check(seen, isDelete, record);
    }

    private static void check(Set<String> seen, boolean isDelete, BackupRecord record) throws InvalidItemException {
        if (seen.equals(Set.of("Item"))) {
            return;
        }
        if (seen.contains("Item") || !seen.contains("Keys") || !seen.contains("Metadata")) {
            throw invalid(ExportReader.UNKNOWN_SHAPE, "neither an exported item nor an exported change");
        }
        if (!record.hasTime()) {
            throw invalid("record.no-order", "no WriteTimestampMicros to order the change by");
        }
        record.order(ChangeOrder.time());
        if (isDelete) {
            record.kind(BackupRecord.Kind.DELETE);
        }
    }

    private void metadata(IonReader ion, BackupRecord record) throws InvalidItemException {
        AttributeValue time = items.read(ion).get("WriteTimestampMicros");
        if (time == null) {
            return;
        }
        if (time.n() == null) {
            throw invalid(ExportReader.BAD_FIELD, "WriteTimestampMicros is not a number");
        }
        try {
            record.time(new BigDecimal(time.n()).longValueExact(), TimePrecision.MICROSECOND);
        } catch (ArithmeticException e) {
            throw invalid(ExportReader.BAD_FIELD, "WriteTimestampMicros is not whole microseconds");
        }
    }

    private static InvalidItemException invalid(String reason, String detail) {
        return new InvalidItemException(reason, 0, detail);
    }
}
