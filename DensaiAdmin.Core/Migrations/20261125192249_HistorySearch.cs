using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace DensaiAdmin.Core.Migrations
{
    /// <inheritdoc />
    public partial class HistorySearch : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateIndex(
                name: "IX_HistoryRecords_CompanyId_At_Sequence_Operation_Result",
                table: "HistoryRecords",
                columns: new[] { "CompanyId", "At", "Sequence", "Operation", "Result" },
                filter: "\"Result\" = 'Refused'");

            migrationBuilder.CreateIndex(
                name: "IX_HistoryRecords_CompanyId_Operation_At_Sequence_Result",
                table: "HistoryRecords",
                columns: new[] { "CompanyId", "Operation", "At", "Sequence", "Result" },
                filter: "\"Operation\" <> 'Login'");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_HistoryRecords_CompanyId_At_Sequence_Operation_Result",
                table: "HistoryRecords");

            migrationBuilder.DropIndex(
                name: "IX_HistoryRecords_CompanyId_Operation_At_Sequence_Result",
                table: "HistoryRecords");
        }
    }
}
