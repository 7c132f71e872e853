-- Neovim chooses servers by filetype and knows no path patterns, so the server is attached to every Markdown and YAML
-- file of a project; it knows its own files by their path and answers nothing for the others. Of Python, TOML and JSON
-- only the files are taken that may declare the stage of a component.

local DECLARE_A_STAGE = { ['__init__.py'] = true, ['Cargo.toml'] = true, ['package.json'] = true }
local BY_NAME = { python = true, toml = true, json = true }
local ROOT_MARKERS = { 'stagegate.yaml', '.git' }

---@type vim.lsp.Config
return {
  cmd = { 'stagegate', 'lsp' },
  filetypes = { 'markdown', 'yaml', 'python', 'toml', 'json' },
  root_dir = function(buf, on_dir)
    local file = vim.fs.basename(vim.api.nvim_buf_get_name(buf))
    if not BY_NAME[vim.bo[buf].filetype] or DECLARE_A_STAGE[file] then
      on_dir(vim.fs.root(buf, ROOT_MARKERS))
    end
  end,
}
