"""The wallet 客户总资产: what customers have here and elsewhere, estimated, verified, kept, told with provenance."""
