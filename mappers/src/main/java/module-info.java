/** Changes items on their way to the table. */
@org.jspecify.annotations.NullMarked
module io.github.dynarestore.mappers {
    requires static org.jspecify;
    requires io.github.dynarestore.core;
    requires software.amazon.awssdk.core;
    requires software.amazon.awssdk.services.dynamodb;

    exports io.github.dynarestore.mapper;

    provides io.github.dynarestore.spi.AttributeMapperFactory with
            io.github.dynarestore.mapper.CastMapper,
            io.github.dynarestore.mapper.DataPipelineMapper,
            io.github.dynarestore.mapper.DefaultMapper,
            io.github.dynarestore.mapper.DropMapper,
            io.github.dynarestore.mapper.FilterMapper,
            io.github.dynarestore.mapper.KeepMapper,
            io.github.dynarestore.mapper.RedactMapper,
            io.github.dynarestore.mapper.RekeyMapper,
            io.github.dynarestore.mapper.RenameMapper,
            io.github.dynarestore.mapper.SkipExpiredMapper,
            io.github.dynarestore.mapper.TtlShiftMapper;
}
