package io.github.dynarestore.format.hive;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.model.BackupRecord;
import io.github.dynarestore.model.ColumnList;
import io.github.dynarestore.model.ColumnType;
import io.github.dynarestore.model.ItemImage;
import io.github.dynarestore.spi.PositionalFormat;
import io.github.dynarestore.spi.ReaderContext;
import io.github.dynarestore.spi.RecordReader;
import io.github.dynarestore.testing.ColumnExportWriter;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

class ColumnPropertyTest {

    private static final int MAX_NESTING = 2;

    /** Items with the types of their columns. */
    record Export(ColumnList columns, List<Map<String, AttributeValue>> items) {}

    @Property(tries = 1000, edgeCases = EdgeCasesMode.NONE)
    void next_anyItemsOfAnyTypes_areReadAsTheyWere(
            @ForAll("exports") Export export, @ForAll ColumnExportWriter.Layout layout) throws IOException {
        List<Map<String, AttributeValue>> spelled = export.items().stream()
                .filter(item -> canSpell(item, export, layout))
                .toList();
        byte[] lines = ColumnExportWriter.encode(spelled, export.columns(), layout);

        assertThat(read(format(layout), export.columns(), lines)).isEqualTo(spelled);
        assertThat(ColumnList.parse(export.columns().toString())).isEqualTo(export.columns());
    }

    private static boolean canSpell(Map<String, AttributeValue> item, Export export, ColumnExportWriter.Layout layout) {
        try {
            return !hasZerosAsUtf16(ColumnExportWriter.line(item, export.columns(), layout));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** Such lines are refused: few texts have that many, and columns would take UTF-16 for text. */
    private static boolean hasZerosAsUtf16(String line) {
        byte[] bytes = line.getBytes(StandardCharsets.UTF_8);
        int zeros = 0;
        for (byte b : bytes) {
            zeros += b == 0 ? 1 : 0;
        }
        return zeros * 3 > bytes.length;
    }

    private static PositionalFormat format(ColumnExportWriter.Layout layout) {
        return switch (layout) {
            case HIVE -> new HiveColumnsFormat();
            case HIVE_CSV -> new HiveCsvFormat();
            case CSV -> new CsvFormat();
        };
    }

    private static List<Map<String, AttributeValue>> read(PositionalFormat format, ColumnList columns, byte[] lines)
            throws IOException {
        RecordReader reader = format.withColumns(columns)
                .open(
                        new ByteArrayInputStream(lines),
                        new ReaderContext("", "", Instant.EPOCH, ReaderContext.DEFAULT_MAX_RECORD_BYTES));
        List<Map<String, AttributeValue>> read = new ArrayList<>();
        BackupRecord record = new BackupRecord();
        while (reader.next(record)) {
            read.add(ItemImage.wrap(record.newImageBytes(), record.newImageOffset(), record.newImageLength())
                    .attributes());
        }
        return read;
    }

    @Provide
    Arbitrary<Export> exports() {
        Arbitrary<String> names = Arbitraries.oneOf(
                Arbitraries.strings().ofMinLength(1).ofMaxLength(5), Arbitraries.of("a b", "a,b", "a\\b", "<", "x\ty"));
        return Arbitraries.maps(names, types(MAX_NESTING))
                .ofMinSize(1)
                .ofMaxSize(5)
                .flatMap(types -> {
                    List<ColumnList.Column> columns = new ArrayList<>();
                    types.forEach((name, type) -> columns.add(new ColumnList.Column(name, type)));
                    return item(columns)
                            .list()
                            .ofMinSize(1)
                            .ofMaxSize(4)
                            .map(items -> new Export(new ColumnList(columns), items));
                });
    }

    /** At least one attribute of each item is there. */
    private static Arbitrary<Map<String, AttributeValue>> item(List<ColumnList.Column> columns) {
        List<Arbitrary<AttributeValue>> values = new ArrayList<>();
        columns.forEach(column -> values.add(value(column.type()).injectNull(values.isEmpty() ? 0 : 0.2)));
        return Combinators.combine(values).as(list -> {
            Map<String, AttributeValue> item = new LinkedHashMap<>();
            for (int i = 0; i < columns.size(); i++) {
                if (list.get(i) != null) {
                    item.put(columns.get(i).attribute(), list.get(i));
                }
            }
            return item;
        });
    }

    private static Arbitrary<ColumnType> types(int nesting) {
        Arbitrary<ColumnType> scalars = Arbitraries.of(ColumnType.Scalar.class).map(scalar -> scalar);
        if (nesting == 0) {
            return scalars;
        }
        Arbitrary<ColumnType> inner = types(nesting - 1);
        return Arbitraries.oneOf(
                scalars,
                inner.map(ColumnType.Array::new),
                inner.map(ColumnType.Listing::new),
                inner.map(ColumnType.Mapping::new));
    }

    private static Arbitrary<AttributeValue> value(ColumnType type) {
        if (type instanceof ColumnType.Scalar scalar) {
            return switch (scalar) {
                case STRING -> texts().map(AttributeValue::fromS);
                case BIGINT -> Arbitraries.bigIntegers().map(number -> AttributeValue.fromN(number.toString()));
                case DOUBLE -> numbers().map(AttributeValue::fromN);
                case BOOLEAN -> Arbitraries.of(true, false).map(AttributeValue::fromBool);
                case BINARY -> binaries().map(AttributeValue::fromB);
            };
        }
        if (type instanceof ColumnType.Mapping map) {
            return Arbitraries.maps(texts().filter(text -> !text.isEmpty()), value(map.value()))
                    .ofMaxSize(3)
                    .map(AttributeValue::fromM);
        }
        if (type instanceof ColumnType.Listing list) {
            return value(list.element()).list().ofMaxSize(3).map(AttributeValue::fromL);
        }
        ColumnType element = ((ColumnType.Array) type).element();
        if (element == ColumnType.Scalar.STRING) {
            return texts().list().uniqueElements().ofMinSize(1).ofMaxSize(3).map(AttributeValue::fromSs);
        }
        if (element == ColumnType.Scalar.BIGINT) {
            return wholes().list().uniqueElements().ofMinSize(1).ofMaxSize(3).map(AttributeValue::fromNs);
        }
        if (element == ColumnType.Scalar.DOUBLE) {
            return numbers()
                    .list()
                    .uniqueElements(ColumnPropertyTest::canonical)
                    .ofMinSize(1)
                    .ofMaxSize(3)
                    .map(AttributeValue::fromNs);
        }
        if (element == ColumnType.Scalar.BINARY) {
            return binaries().list().uniqueElements().ofMinSize(1).ofMaxSize(3).map(AttributeValue::fromBs);
        }
        return value(element).list().ofMaxSize(3).map(AttributeValue::fromL);
    }

    private static Arbitrary<String> texts() {
        return Arbitraries.oneOf(
                Arbitraries.strings().withCharRange('\0', '\ud7ff').ofMaxLength(5),
                Arbitraries.strings().ascii().ofMaxLength(10),
                Arbitraries.of("\"", "\\", "\\N", ",", "\"\"", "\u0001", "\u0002", "\r", "\ud83d\ude00"));
    }

    private static Arbitrary<String> wholes() {
        return digits().map(BigInteger::toString);
    }

    private static Arbitrary<String> numbers() {
        return Combinators.combine(digits(), Arbitraries.integers().between(-80, 120))
                .as((digits, scale) -> new BigDecimal(digits, scale).toString());
    }

    private static Arbitrary<BigInteger> digits() {
        BigInteger most = BigInteger.TEN.pow(38).subtract(BigInteger.ONE);
        return Arbitraries.bigIntegers().between(most.negate(), most);
    }

    private static BigDecimal canonical(String number) {
        BigDecimal value = new BigDecimal(number);
        return value.signum() == 0 ? BigDecimal.ZERO : value.stripTrailingZeros();
    }

    private static Arbitrary<SdkBytes> binaries() {
        return Arbitraries.bytes().array(byte[].class).ofMaxSize(9).map(SdkBytes::fromByteArray);
    }
}
